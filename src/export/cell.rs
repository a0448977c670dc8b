//! A cell of a data frame as text, as JSON, and as a number of Excel.

use polars::prelude::AnyValue;
use serde_json::Value;

/// A cell as text; null is the empty text. Decimals without trailing zeros.
pub fn text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(s) => (*s).to_owned(),
        AnyValue::StringOwned(s) => s.to_string(),
        AnyValue::Decimal(v, _, scale) => decimal(*v, *scale),
        other => other.str_value().into_owned(),
    }
}

/// An integer with so many decimal places, without trailing zeros.
fn decimal(value: i128, scale: usize) -> String {
    let digits = value.unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// A cell as JSON: decimals, dates and times are strings, so that nothing is rounded.
pub fn json(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(b) => Value::Bool(*b),
        AnyValue::Int8(_) | AnyValue::Int16(_) | AnyValue::Int32(_) | AnyValue::Int64(_) => {
            value.extract::<i64>().map_or(Value::Null, Value::from)
        }
        AnyValue::UInt8(_) | AnyValue::UInt16(_) | AnyValue::UInt32(_) | AnyValue::UInt64(_) => {
            value.extract::<u64>().map_or(Value::Null, Value::from)
        }
        AnyValue::Float32(_) | AnyValue::Float64(_) => {
            value.extract::<f64>().map_or(Value::Null, Value::from)
        }
        other => Value::from(text(other)),
    }
}

/// Significant digits that every number of Excel keeps.
const DIGITS: usize = 15;

/// A decimal as a number of Excel; `None` where it has more digits than one keeps, and must be a text to stay exact.
pub fn number(decimal: &str) -> Option<f64> {
    let digits: String = decimal.chars().filter(char::is_ascii_digit).collect();
    // Zeros before the first and after the last other digit only say where the point stands.
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    if significant > DIGITS || digits.is_empty() {
        return None;
    }
    decimal.parse().ok().filter(|n: &f64| n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact_and_plain() {
        assert_eq!(decimal(107_462_400_000_000, 6), "107462400");
        assert_eq!(decimal(-8_700_000, 6), "-8.7");
        assert_eq!(decimal(-1, 6), "-0.000001");
        assert_eq!(decimal(0, 6), "0");
        assert_eq!(decimal(12, 0), "12");
    }

    #[test]
    fn what_excel_would_round_is_no_number() {
        assert_eq!(number("107462400"), Some(107_462_400.0));
        assert_eq!(number("-8.7"), Some(-8.7));
        assert_eq!(number("0"), Some(0.0));
        assert_eq!(number("123456789.123456"), Some(123_456_789.123_456));
        assert_eq!(number("1234567890.123456"), None);
        assert_eq!(number("9007199254740993"), None);
        assert_eq!(
            number("900719925474099000000"),
            Some(900_719_925_474_099_000_000.0)
        );
        assert_eq!(number(""), None);
        assert_eq!(number("約5"), None);
    }

    proptest! {
        #[test]
        fn a_number_is_written_with_the_digits_of_its_decimal(mantissa in -999_999_999_999_999i128..=999_999_999_999_999, scale in 0usize..=6) {
            let written = decimal(mantissa * 10i128.pow(6 - scale as u32), 6);
            let number = number(&written).expect("15 digits fit");
            // What a workbook holds is the shortest decimal of the number.
            let back: rust_decimal::Decimal = format!("{number}").parse().unwrap();
            prop_assert_eq!(back, written.parse::<rust_decimal::Decimal>().unwrap());
        }
    }
}
