//! How long one file may take.
//!
//! Nothing is interrupted from outside: the loops over parts, rows, blocks and unpacked chunks ask now and then whether
//! the time is over, and stop with reason `timeout`. What happens between two questions is bounded by the limits of
//! size, so that the time is kept to within a part or a block.

use super::{Reason, Reject};
use std::time::{Duration, Instant};

/// The moment at which reading a file must end; by default never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now.
    pub fn after(time: Duration) -> Deadline {
        Deadline(Instant::now().checked_add(time))
    }

    /// Whether it is over. Asks the clock: tens of nanoseconds.
    pub fn passed(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }

    /// Nothing, as long as it is not over.
    ///
    /// # Errors
    /// A reject with reason `timeout`.
    pub fn check(self) -> Result<(), Reject> {
        if self.passed() {
            Err(Reject::new(Reason::Timeout, "", TIMEOUT))
        } else {
            Ok(())
        }
    }
}

/// What to do about a file that takes too long.
pub(crate) const TIMEOUT: &str =
    "读取超过了时限，已放弃；请检查文件是否异常，或拆分后再读，或用 --timeout 放宽时限。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes() {
        assert!(!Deadline::default().passed());
        assert!(!Deadline::after(Duration::from_secs(3600)).passed());
        assert!(!Deadline::after(Duration::MAX).passed());
        let reject = Deadline::after(Duration::ZERO).check().unwrap_err();
        assert_eq!(reject.reason, Reason::Timeout);
    }

    #[test]
    fn a_file_that_takes_too_long_is_a_reject() {
        let limits = crate::read::Limits {
            time: Some(Duration::ZERO),
            ..Default::default()
        };
        let text = "全年火化遗体499具。".as_bytes();
        let reject = crate::read::read(text, "a.txt", &limits.started()).unwrap_err();
        assert_eq!(reject.reason, Reason::Timeout);
        assert!(crate::read::read(text, "a.txt", &limits).is_ok());
    }
}
