//! `zhibiao` (指标) reads the reports that departments (局) of Chinese counties, cities and provinces submit, finds every
//! figure in them, says which indicator each figure is, and gives exact, traceable rows.
//!
//! The heart is one pure function, [`analyse()`]: bytes in, [`Analysis`] out. It touches no file, no clock and no global
//! state that changes, so that threads, other languages and distributed engines can call it. The command only moves
//! bytes and rows around it.
//!
//! Data flows one way, and each stage uses only what stands above it:
//!
//! | stage | gives |
//! | --- | --- |
//! | [`source`] | files, folders and archives as bytes with a name and a hash |
//! | [`read`] | a [`read::Document`]: blocks with locations |
//! | [`text`] | clauses and content words |
//! | [`quantity`] | figures: exact value, unit, qualifier, place |
//! | [`context`] | area, agency, period |
//! | [`catalogue`] | indicators, their wordings and rules, from `pipelines/*.toml` |
//! | [`bind`], [`form`] | observations from running text and from tables |
//! | [`check`] | whether the figures agree with one another |
//! | [`warehouse`] | schema, atomic commit, reading back |
//! | [`mod@analyse`] | answers from a warehouse |
//! | [`report`] | letters and pages for people |
//! | [`export`] | observations as workbooks, CSV and Parquet |

pub mod analyse;
pub mod analysis;
pub mod bind;
mod builtin;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod context;
pub mod export;
pub mod form;
pub mod message;
pub mod quantity;
pub mod read;
pub mod report;
pub mod source;
pub mod text;
pub mod warehouse;

pub use analysis::{
    Analysis, Figure, Observation, Period, Place, Scenario, Target, Transformation,
};
pub use catalogue::Catalogue;
pub use context::{Hints, Knowledge};
pub use read::{Deadline, Document, Limits, Reject};

use bind::{At, Binder, Rows};
use read::{Block, BlockKind};

/// Reads one document and finds its figures and observations.
///
/// `name` is the file's name (for messages, and for area and year where the document does not say them); `hints` what
/// is known from outside.
///
/// # Errors
/// A [`Reject`] with its reason where nothing of the document can be read.
pub fn analyse(
    bytes: &[u8],
    name: &str,
    hints: &Hints,
    catalogue: &Catalogue,
) -> Result<Analysis, Reject> {
    let document = read::read(bytes, name, &Limits::default())?;
    Ok(analyse_document(document, name, hints, catalogue))
}

/// The same for a document that has been read already.
pub fn analyse_document(
    document: Document,
    name: &str,
    hints: &Hints,
    catalogue: &Catalogue,
) -> Analysis {
    let context = context::resolve(&document, name, hints, catalogue.knowledge());
    analyse_in(document, context, catalogue)
}

/// The same where area, agency and period are known already.
pub fn analyse_in(
    document: Document,
    context: analysis::DocumentContext,
    catalogue: &Catalogue,
) -> Analysis {
    let mut rows = Rows::default();
    let mut targets = Vec::new();
    // Without a deadline nothing stops it.
    let _ = find(
        &document.blocks,
        &context,
        catalogue,
        Deadline::default(),
        &mut rows,
        &mut targets,
    );
    assemble(document, context, catalogue, rows, targets)
}

/// The same, within a time.
///
/// # Errors
/// A [`Reject`] with reason `timeout` where the deadline passes before all blocks have been looked at.
pub fn analyse_within(
    document: Document,
    context: analysis::DocumentContext,
    catalogue: &Catalogue,
    deadline: Deadline,
) -> Result<Analysis, Reject> {
    let mut rows = Rows::default();
    let mut targets = Vec::new();
    find(
        &document.blocks,
        &context,
        catalogue,
        deadline,
        &mut rows,
        &mut targets,
    )?;
    Ok(assemble(document, context, catalogue, rows, targets))
}

/// What was weighed for each figure of a document's running text: every indicator that its words touch, and what became
/// of it. For people who ask why; the analysis itself does without.
pub fn explain(analysis: &Analysis, catalogue: &Catalogue) -> Vec<bind::Explained> {
    let mut rows = Rows {
        explained: Some(Vec::new()),
        ..Rows::default()
    };
    let _ = find(
        &analysis.blocks,
        &analysis.context,
        catalogue,
        Deadline::default(),
        &mut rows,
        &mut Vec::new(),
    );
    rows.explained.unwrap_or_default()
}

/// Bytes of running text for which room for a figure is made: 13 characters of a dense report.
const FIGURE: usize = 40;
/// Most figures that room is made for before they are found.
const MANY: usize = 4096;

/// Figures, observations and targets of all blocks.
fn find(
    blocks: &[Block],
    context: &analysis::DocumentContext,
    catalogue: &Catalogue,
    deadline: Deadline,
    rows: &mut Rows,
    targets: &mut Vec<Target>,
) -> Result<(), Reject> {
    let knowledge = catalogue.knowledge();
    let lexicon = catalogue.lexicon(&context.agency_domain);
    let mut binder = Binder {
        catalogue,
        lexicon: &lexicon,
        reader: quantity::Reader::builtin(),
        context,
        knowledge,
        of_area: catalogue.sections().of_area(&context.title),
        of_programme: catalogue.sections().of_programme(&context.title),
        title: Vec::new(),
        headings: Vec::new(),
        projects: Vec::new(),
        section: context::section::Section::default(),
    };
    let mut sections = context::section::Sections::new(
        catalogue.sections(),
        &context.title,
        context.year,
        context.period,
    );
    let (title, scenario) = binder.outline(&context.title);
    binder.title = title;
    binder
        .headings
        .extend(scenario.map(|s| (0, Vec::new(), Some(s))));
    // Rows are long, and moving all of them whenever there is no room for one more costs as much as making them.
    let prose = |b: &Block| match &b.kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => text.len(),
        BlockKind::Table(_) => 0,
    };
    let text: usize = blocks.iter().map(prose).sum();
    rows.figures.reserve((text / FIGURE).min(MANY));
    rows.observations.reserve((text / FIGURE).min(MANY));
    for (index, block) in blocks.iter().enumerate() {
        deadline.check()?;
        let location = block.location.as_str().into();
        let at = At {
            block: index,
            location: &location,
        };
        match &block.kind {
            BlockKind::Heading { level, text } => {
                binder.section = sections.heading(*level, text);
                if *level > 0 {
                    binder.heading(*level, text);
                }
                binder.paragraph(text, &at, rows);
            }
            BlockKind::Paragraph { text } => {
                binder.section = sections.paragraph(text);
                binder.paragraph(text, &at, rows);
            }
            BlockKind::Table(_) => {
                binder.section = sections.now();
                let caption = form::Caption::above(blocks, index);
                form::table(&binder, block, index, &caption, rows, targets);
            }
        }
    }
    bind::agree::settle(&mut rows.observations);
    Ok(())
}

/// Puts together what was found.
fn assemble(
    document: Document,
    context: analysis::DocumentContext,
    catalogue: &Catalogue,
    rows: Rows,
    targets: Vec<Target>,
) -> Analysis {
    let mut warnings = document.warnings;
    warnings.extend(
        context
            .inherited
            .iter()
            .map(|s| format!("文中没有写明，取自他处：{s}")),
    );
    let mut analysis = Analysis {
        format: document.format,
        context,
        blocks: document.blocks,
        quantities: rows.figures,
        observations: rows.observations,
        targets,
        checks: Vec::new(),
        problems: document.problems,
        warnings,
    };
    analysis.checks = check::check(&analysis, catalogue.checks(), catalogue);
    analysis
}
