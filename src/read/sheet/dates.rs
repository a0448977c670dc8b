//! Serial dates of spreadsheets as calendar dates.

/// A moment as calendar fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// Thousandths of a second.
    pub millis: u32,
    /// 0 Sunday … 6 Saturday.
    pub weekday: u32,
    /// Whole seconds since the start of the count, for elapsed time.
    pub elapsed: i64,
}

/// Days after 1899-12-30 of the last date that the programs show (9999-12-31).
const LAST: f64 = 2_958_466.0;
/// Days between the two date systems.
pub(crate) const SYSTEM_1904: i32 = 1462;

/// The moment of a serial date; `None` outside the calendar. It is rounded to so many decimals of a
/// second as its format shows.
pub(crate) fn moment(serial: f64, is_1904: bool, decimals: usize) -> Option<Moment> {
    let shift = if is_1904 { i64::from(SYSTEM_1904) } else { 0 };
    let serial = serial + shift as f64;
    if !(0.0..LAST).contains(&serial) {
        return None;
    }
    let mut millis = (serial * 86_400_000.0).round() as i64;
    let unit = match decimals {
        0 => 1000,
        1 => 100,
        2 => 10,
        _ => 1,
    };
    millis = (millis + unit / 2).div_euclid(unit) * unit;
    let days = millis.div_euclid(86_400_000);
    let within = millis.rem_euclid(86_400_000);
    let (year, month, day) = if is_1904 || days > 60 {
        civil(days - 25_569)
    } else if days == 60 {
        // Excel believes in 1900-02-29.
        (1900, 2, 29)
    } else if days == 0 {
        // A time without a date.
        (1900, 1, 0)
    } else {
        civil(days - 25_568)
    };
    Some(Moment {
        year,
        month,
        day,
        hour: (within / 3_600_000) as u32,
        minute: (within / 60_000 % 60) as u32,
        second: (within / 1000 % 60) as u32,
        millis: (within % 1000) as u32,
        weekday: (days + 6).rem_euclid(7) as u32,
        elapsed: millis.div_euclid(1000) - shift * 86_400,
    })
}

/// Year, month and day of a day counted from 1970-01-01 in the proleptic Gregorian calendar: eras of 400 years
/// (146,097 days) that begin on the first of March, so that the leap day is the last of its year.
fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month as u32,
        day as u32,
    )
}

/// The serial number, in the 1900 system, of a moment written as `2024-10-17T08:30:00.000`; `None` for anything else.
pub(crate) fn serial(written: &str) -> Option<f64> {
    let (date, time) = written.split_once('T').unwrap_or((written, ""));
    let mut parts = date.splitn(3, '-').map(|p| p.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let mut seconds = 0.0;
    for (part, unit) in time
        .trim_end_matches('Z')
        .splitn(3, ':')
        .zip([3600.0, 60.0, 1.0])
    {
        if !part.is_empty() {
            seconds += part.parse::<f64>().ok().filter(|n| n.is_finite())? * unit;
        }
    }
    // Days since 1970-01-01: years begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 {
        (i64::from(year), month - 3)
    } else {
        (i64::from(year) - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = i64::from((153 * month + 2) / 5 + day - 1);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    // 1900-02-29, which did not exist, counts.
    let serial = days + if days > -25_509 { 25_569 } else { 25_568 };
    Some(serial as f64 + seconds / 86_400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(serial: f64) -> (i64, u32, u32) {
        moment(serial, false, 0).map_or((0, 0, 0), |m| (m.year, m.month, m.day))
    }

    #[test]
    fn serials() {
        assert_eq!(date(45582.0), (2024, 10, 17));
        assert_eq!(date(1.0), (1900, 1, 1));
        assert_eq!(date(60.0), (1900, 2, 29));
        assert_eq!(date(61.0), (1900, 3, 1));
        assert_eq!(moment(45582.0, false, 0).map(|m| m.weekday), Some(4));
        let m = moment(45582.75, false, 0);
        assert_eq!(m.map(|m| (m.hour, m.minute)), Some((18, 0)));
        // Elapsed time does not depend on where the count of days begins.
        assert_eq!(moment(1.5, true, 0).map(|m| m.elapsed), Some(36 * 3600));
        assert!(moment(-1.0, false, 0).is_none());
        assert!(moment(f64::NAN, false, 0).is_none());
    }

    #[test]
    fn written_dates() {
        for (written, expected) in [
            ("2024-10-17T00:00:00.000", 45582.0),
            ("2024-10-17", 45582.0),
            ("1900-03-01", 61.0),
            ("1900-02-28", 59.0),
            ("1899-12-31T18:00:00.000", 0.75),
            ("2000-02-29", 36585.0),
        ] {
            assert_eq!(serial(written), Some(expected), "{written}");
        }
        for bad in [
            "",
            "2024",
            "2024-13-01",
            "x-y-z",
            "99999999999-1-1",
            "2024-1-1Tx",
        ] {
            assert_eq!(serial(bad), None, "{bad}");
        }
    }
}
