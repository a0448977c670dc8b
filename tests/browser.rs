//! The report in a browser without a window: light and dark, wide and narrow, on paper, and a number that is clicked.
//!
//! Where no Chromium is installed the test says so and passes.

mod common;

use common::{ingest, repository, zhibiao};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the page says of itself; the report has no script of its own.
const PROBE: &str = r##"<script>
onload = () => {
  const root = document.documentElement;
  const seen = {
    wide: root.scrollWidth > root.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    charts: document.querySelectorAll(".multiples svg").length,
    dangling: [...document.querySelectorAll("a[href^='#e']")].filter(a => !document.querySelector(a.getAttribute("href"))).length,
    bare: [...document.querySelectorAll("#indicators ~ h3 + div td, .area td")].filter(d => /[0-9]/.test(d.textContent) && !/%|—/.test(d.textContent) && !d.querySelector("a")).length,
  };
  scrollTo(0, 1500);
  setTimeout(() => {
    const before = scrollY;
    const link = document.querySelector(".area td a");
    link.click();
    setTimeout(() => {
      const note = document.querySelector(link.getAttribute("href"));
      const box = note.getBoundingClientRect();
      seen.opened = getComputedStyle(note).display !== "none" && box.bottom <= innerHeight + 1 && box.top > 0;
      seen.marked = note.querySelector("mark") !== null;
      seen.stayed = scrollY === before;
      note.querySelector(".close").click();
      setTimeout(() => {
        seen.closed = getComputedStyle(note).display === "none" && scrollY === before;
        document.title = "SEEN" + JSON.stringify(seen) + "END";
      }, 50);
    }, 50);
  }, 50);
};
</script></body>"##;

fn browser() -> Option<&'static str> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    names.into_iter().find(|n| {
        let version = Command::new(n).arg("--version").output();
        version.is_ok_and(|o| o.status.success())
    })
}

fn run(browser: &str, home: &Path, arguments: &[&str]) -> String {
    let profile = format!("--user-data-dir={}", home.join("profile").display());
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .arg(profile)
        .args(arguments)
        .output()
        .expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_report_works_light_dark_narrow_and_on_paper() {
    let Some(browser) = browser() else {
        eprintln!("skipped: there is no Chromium");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    ingest(&[&repository("samples")], &here.join("warehouse"), &[], 1);
    zhibiao()
        .current_dir(here)
        .args(["report", "--out", "report.html"])
        .assert()
        .success();
    let page = fs::read_to_string(here.join("report.html")).expect("the report");
    let probed = page.replace("</body>", PROBE);
    fs::write(here.join("probed.html"), probed).expect("written");
    let url = format!("file://{}", here.join("probed.html").display());
    for (size, dark) in [
        ("--window-size=1200,900", false),
        ("--window-size=1200,900", true),
        ("--window-size=500,900", false),
    ] {
        let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
        let arguments = [
            size,
            &scheme,
            "--virtual-time-budget=5000",
            "--dump-dom",
            &url,
        ];
        let dom = run(browser, here, &arguments);
        let Some(seen) = dom.split("SEEN").nth(1).and_then(|s| s.split("END").next()) else {
            // A browser that cannot start here (no shared memory, no user namespaces) says nothing of the report.
            assert!(
                !dom.contains("<body"),
                "the page was shown, and its script was not run"
            );
            eprintln!("skipped: the browser gives no page");
            return;
        };
        let seen: Value = serde_json::from_str(seen).expect("JSON");
        let expected = if dark {
            "rgb(23, 24, 26)"
        } else {
            "rgb(255, 255, 255)"
        };
        assert_eq!(seen["background"], expected, "{seen}");
        assert_eq!(
            seen["wide"], false,
            "nothing sticks out to the right: {seen}"
        );
        assert!(seen["charts"].as_u64() > Some(20), "{seen}");
        assert_eq!(
            (&seen["dangling"], &seen["bare"]),
            (&0.into(), &0.into()),
            "{seen}"
        );
        for what in ["opened", "marked", "stayed", "closed"] {
            assert_eq!(seen[what], true, "{what}: {seen}");
        }
    }
    let pdf = here.join("report.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    let url = format!("file://{}", here.join("report.html").display());
    run(browser, here, &[&print, "--no-pdf-header-footer", &url]);
    let paper = fs::read(&pdf).expect("the printed report");
    assert!(paper.starts_with(b"%PDF") && paper.len() > 100_000);
}
