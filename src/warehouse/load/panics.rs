//! A panic in a worker costs its file, and its text goes into the reject instead of onto the terminal.

use crate::read::{Problem, Reason};
use std::cell::RefCell;

/// Beginning of the names of worker threads.
pub(super) const WORKER: &str = "zhibiao-worker";

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of worker threads off the terminal: their text goes into the reject. Called once by a program.
pub fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Caught where it happens, and told as damage of the file.
        if crate::read::fenced() {
            return;
        }
        if std::thread::current()
            .name()
            .is_some_and(|n| n.starts_with(WORKER))
        {
            PANIC.with(|p| *p.borrow_mut() = Some(info.to_string().replace('\n', " ")));
        } else {
            before(info);
        }
    }));
}

/// A panic as the reject of its file.
pub(in crate::warehouse) fn problem(payload: Box<dyn std::any::Any + Send>) -> Problem {
    let noted = PANIC.with(|p| p.borrow_mut().take());
    let said = noted.or_else(|| {
        let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    });
    Problem {
        part: String::new(),
        reason: Reason::Internal,
        detail: format!(
            "程序内部错误，其他文件不受影响；请把文件和这句话报告给开发者：{}",
            said.unwrap_or_default()
        ),
    }
}
