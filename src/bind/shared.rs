//! Texts that the rows of one figure have in common with those of the next: most are of one period and unit.

use crate::analysis::Period;
use crate::context::period;
use std::sync::Arc;

/// The texts of the figure before.
#[derive(Default)]
pub struct Shared {
    period: Option<(Period, Arc<str>)>,
    unit: Arc<str>,
}

impl Shared {
    /// A period as it is written; nothing where there is none.
    pub fn period(&mut self, of: Option<Period>) -> Arc<str> {
        let Some(of) = of else {
            return Arc::default();
        };
        match &self.period {
            Some((same, text)) if *same == of => text.clone(),
            _ => {
                let text: Arc<str> = period::iso(&of).into();
                self.period = Some((of, text.clone()));
                text
            }
        }
    }

    /// A unit.
    pub fn unit(&mut self, unit: &str) -> Arc<str> {
        if *self.unit != *unit {
            self.unit = unit.into();
        }
        self.unit.clone()
    }
}
