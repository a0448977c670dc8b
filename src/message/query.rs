//! Messages of `query`.

use super::{pick, say, thousands};

/// The SQL cannot be run.
pub fn failed(reason: &str) -> String {
    // Only the first sentence: polars adds its query plan.
    let reason = reason.split("\n\n").next().unwrap_or(reason).trim();
    say!(
        "SQL 有误：{}\n各表和各列：zhibiao query",
        "the SQL cannot be run: {}\ntables and columns: zhibiao query",
        reason
    )
}

/// The number of rows, below a table.
pub fn rows(all: usize, shown: usize) -> String {
    if shown < all {
        say!(
            "（共 {} 行，显示 {} 行；全部可用 --format csv）",
            "({} rows, {} shown; --format csv gives all)",
            thousands(all as u64),
            thousands(shown as u64)
        )
    } else {
        say!("（{} 行）", "({} rows)", thousands(all as u64))
    }
}

/// What to try.
pub fn examples() -> &'static str {
    pick(
        "例：zhibiao query \"SELECT year, obs_value FROM observations WHERE indicator_name = '火化遗体数' AND is_current ORDER BY year\"",
        "example: zhibiao query \"SELECT year, obs_value FROM observations WHERE indicator = 'civil.funeral.cremations' AND is_current ORDER BY year\"",
    )
}
