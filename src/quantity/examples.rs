//! The worked examples of the two files.

use super::Reader;
use super::types::{Qualifier, Quantity};

impl Reader {
    /// Every worked example of `units.toml` and `not-figures.toml` that fails, one sentence each.
    pub fn check_examples(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (file, example) in &self.tables.examples {
            let got: Vec<String> = self.read(&example.text).iter().map(show).collect();
            if got != example.want {
                out.push(format!(
                    "{file}: 例 {}: want {:?}, got {:?}",
                    example.text, example.want, got
                ));
            }
        }
        out
    }
}

/// `684 人`, `20..30 人`, `800000 元 approx`, `1535` as examples write them.
fn show(q: &Quantity) -> String {
    let mut s = q.value.normalize().to_string();
    if let Some(max) = q.value_max {
        s.push_str(&format!("..{}", max.normalize()));
    }
    if !q.unit.is_empty() {
        s.push(' ');
        s.push_str(&q.unit);
    }
    if q.qualifier != Qualifier::Exact {
        s.push(' ');
        s.push_str(q.qualifier.name());
    }
    s
}
