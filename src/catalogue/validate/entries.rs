//! Terms and indicators one by one: what they name must exist, once, and units must fit.

use super::super::near::near;
use super::super::schema::{IndicatorEntry, TermEntry};
use super::super::{Catalogue, Source};
use super::{Finding, Locator, Place, Problem, Scope, domain_of, is_common, locator};
use crate::quantity::{Reader, UnitKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Looks at the entries of all files.
pub(super) fn findings(c: &Catalogue, scope: &Scope) -> Vec<Finding> {
    let mut out = Vec::new();
    let known = domains(c);
    for s in c.sources() {
        let at = locator(s);
        // Words and parents are looked at everywhere: what a folder adds may stand in the way of what is there.
        let covered = scope.covers(domain_of(s));
        if covered {
            header(c, s, &known, &mut out);
        }
        for t in s.file().term.iter().filter(|_| covered) {
            relations(c, s, &at, t.span().start, t.as_ref(), &mut out);
        }
        for i in &s.file().indicator {
            let mut look = Look {
                c,
                s,
                at: &at,
                start: i.span().start,
                i: i.as_ref(),
                out: &mut out,
            };
            look.parent();
            if !covered {
                continue;
            }
            look.terms();
            look.unit();
            look.shared(&known);
        }
    }
    words(c, &mut out);
    out.extend(parent_cycles(c));
    out
}

/// Domains that agencies belong to, or that a file describes.
fn domains(c: &Catalogue) -> FxHashSet<&str> {
    let described = c.domains().into_iter();
    described.chain(c.knowledge().agencies.domains()).collect()
}

fn header(c: &Catalogue, s: &Source, known: &FxHashSet<&str>, out: &mut Vec<Finding>) {
    let domain = domain_of(s);
    let problem = if s.file().pipeline.is_none() {
        let empty = s.file().indicator.is_empty() && s.file().term.is_empty();
        (!empty).then_some(Problem::NoHeader)
    } else if is_common(domain)
        || c.knowledge().agencies.domains().any(|d| d == domain)
        // Without agencies of its own, what it says is of use where other domains share it.
        || !s.file().indicator.is_empty() && s.file().indicator.iter().all(|i| !i.as_ref().shared.is_empty())
    {
        None
    } else {
        let names = known
            .iter()
            .copied()
            .chain(["common"])
            .filter(|d| *d != domain);
        Some(Problem::UnknownDomain {
            domain: domain.to_string(),
            near: near(domain, names),
        })
    };
    if let Some(problem) = problem {
        out.push(Finding {
            file: s.name.clone(),
            line: 1,
            entry: String::new(),
            problem,
        });
    }
}

/// Terms that entries of a domain may name.
fn terms_of<'c>(c: &'c Catalogue, domain: &str) -> impl Iterator<Item = &'c TermEntry> {
    c.sources()
        .iter()
        .filter(move |s| is_common(domain_of(s)) || domain_of(s) == domain)
        .flat_map(|s| s.file().term.iter().map(|t| t.as_ref()))
}

fn unknown(c: &Catalogue, domain: &str, key: &'static str, term: &str) -> Option<Problem> {
    // Its vocabulary also has the terms of indicators that other domains share with it.
    let vocabulary = c.lexicon(if is_common(domain) { "" } else { domain });
    if vocabulary.named(term).is_some() {
        return None;
    }
    // A wording of a term that is there tells best which was meant.
    let said = terms_of(c, domain).find(|t| t.words.iter().any(|w| w == term));
    let near = match said {
        Some(t) => Some(t.name.clone()),
        None => near(term, terms_of(c, domain).map(|t| t.name.as_str())),
    };
    Some(Problem::UnknownTerm {
        key,
        term: term.to_string(),
        near,
    })
}

/// What a term is a kind of.
fn relations(
    c: &Catalogue,
    s: &Source,
    at: &Locator,
    start: usize,
    t: &TermEntry,
    out: &mut Vec<Finding>,
) {
    let domain = domain_of(s);
    for u in &t.under {
        if let Some(problem) = unknown(c, domain, "under", u) {
            out.push(Finding {
                file: s.name.clone(),
                line: at.line_in(start, "under", u),
                entry: t.name.clone(),
                problem,
            });
        }
    }
    let opposite = Some(t.opposite.as_str()).filter(|o| !o.is_empty());
    if let Some(problem) = opposite.and_then(|o| unknown(c, domain, "opposite", o)) {
        out.push(Finding {
            file: s.name.clone(),
            line: at.line_in(start, "opposite", &t.opposite),
            entry: t.name.clone(),
            problem,
        });
    }
    if t.under.is_empty() {
        return;
    }
    let mut parents: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for t in terms_of(c, domain) {
        let all = parents.entry(&t.name).or_default();
        all.extend(t.under.iter().map(String::as_str));
    }
    let mut path = vec![t.name.as_str()];
    let mut seen = FxHashSet::default();
    let mut queue: Vec<(usize, &str)> = t.under.iter().map(|u| (1, u.as_str())).collect();
    while let Some((depth, name)) = queue.pop() {
        path.truncate(depth);
        path.push(name);
        if name == t.name {
            // Each member of the cycle would tell it; the first by name does.
            if path.iter().min() == Some(&t.name.as_str()) {
                out.push(Finding {
                    file: s.name.clone(),
                    line: at.line_in(start, "under", ""),
                    entry: t.name.clone(),
                    problem: Problem::TermCycle(path.iter().map(|n| n.to_string()).collect()),
                });
            }
            return;
        }
        if seen.insert(name) {
            let further = parents.get(name).into_iter().flatten();
            queue.extend(further.map(|u| (depth + 1, *u)));
        }
    }
}

/// Wordings that belong to two terms, terms with two slots. A domain's wording takes over a common term's: that is how
/// a domain says that it means something else by it.
fn words(c: &Catalogue, out: &mut Vec<Finding>) {
    type Known<'c> = FxHashMap<(&'c str, &'c str), (&'c str, Place)>;
    let mut owners: Known = FxHashMap::default();
    let mut slots = FxHashMap::default();
    for s in c.sources() {
        let at = locator(s);
        let domain = if is_common(domain_of(s)) {
            "common"
        } else {
            domain_of(s)
        };
        for spanned in &s.file().term {
            let t = spanned.as_ref();
            let start = spanned.span().start;
            let mut say = |line: usize, problem: Problem| {
                out.push(Finding {
                    file: s.name.clone(),
                    line,
                    entry: t.name.clone(),
                    problem,
                });
            };
            let place = (s.name.clone(), at.line(start));
            let levels = ["common", domain];
            match levels
                .iter()
                .find_map(|l| slots.get(&(*l, t.name.as_str())))
            {
                Some((slot, first)) if *slot != t.slot => {
                    say(place.1, Problem::OtherSlot(Place::clone(first)));
                }
                Some(_) => {}
                None => {
                    slots.insert((domain, t.name.as_str()), (t.slot, place.clone()));
                }
            }
            let own = (!t.unspoken).then_some(&t.name);
            let mut mine: FxHashSet<&str> = FxHashSet::default();
            for word in own.into_iter().chain(&t.words) {
                if !mine.insert(word) {
                    say(
                        at.line_in(start, "words", word),
                        Problem::WordRepeated(word.clone()),
                    );
                    continue;
                }
                let line = || {
                    at.line_in(
                        start,
                        if Some(word) == own { "name" } else { "words" },
                        word,
                    )
                };
                match owners.get(&(domain, word.as_str())) {
                    Some((other, place)) if *other != t.name => {
                        let problem = Problem::WordTwice {
                            word: word.clone(),
                            other: (*other).to_string(),
                            place: place.clone(),
                        };
                        say(line(), problem);
                    }
                    Some(_) => {}
                    None => {
                        owners.insert((domain, word), (&t.name, place.clone()));
                    }
                }
            }
        }
    }
}

/// One indicator.
struct Look<'a> {
    c: &'a Catalogue,
    s: &'a Source,
    at: &'a Locator<'a>,
    start: usize,
    i: &'a IndicatorEntry,
    out: &'a mut Vec<Finding>,
}

impl Look<'_> {
    fn say(&mut self, key: &str, quoted: &str, problem: Problem) {
        self.out.push(Finding {
            file: self.s.name.clone(),
            line: self.at.line_in(self.start, key, quoted),
            entry: self.i.id.clone(),
            problem,
        });
    }

    fn terms(&mut self) {
        let i = self.i;
        let named = std::iter::once(("is", &i.is))
            .chain(i.or.iter().map(|o| ("or", o)))
            .chain([("with", &i.with), ("not", &i.not)]);
        for (key, groups) in named {
            for term in groups
                .iter()
                .flat_map(|g| g.split('|').map(move |t| (g, t)))
            {
                if let Some(problem) = unknown(self.c, domain_of(self.s), key, term.1) {
                    self.say(key, term.0, problem);
                }
            }
        }
    }

    fn unit(&mut self) {
        let i = self.i;
        let reader = Reader::builtin();
        for (key, unit) in
            std::iter::once(("unit", &i.unit)).chain(i.units.iter().map(|u| ("units", u)))
        {
            let problem = match reader.base_of(unit) {
                None => Some(Problem::UnknownUnit {
                    unit: unit.clone(),
                    near: near(unit, reader.unit_names()),
                }),
                // Texts are read in the base unit, so that 万辆 beside 辆 changes nothing.
                Some(base)
                    if base != *unit
                        && (key == "unit"
                            || base != i.unit && !reader.interchangeable(&base, unit)) =>
                {
                    Some(Problem::NotBaseUnit {
                        unit: unit.clone(),
                        base,
                    })
                }
                Some(_) => None,
            };
            if let Some(problem) = problem {
                self.say(key, unit, problem);
            }
        }
        if i.kind.is_empty() {
            self.say("", "", Problem::MissingKey("kind".to_string()));
            return;
        }
        // Only where the unit itself is in order.
        let Some(kind) = reader.kind_of(&i.unit) else {
            return;
        };
        let fits = match i.kind.as_str() {
            "ratio" => !matches!(kind, UnitKind::Count | UnitKind::Money),
            "standard" => matches!(kind, UnitKind::Rate | UnitKind::Ratio),
            "budget" | "actual" | "budget/actual" => kind != UnitKind::Ratio,
            "flow" | "stock" => kind != UnitKind::Ratio,
            _ => true,
        };
        if !fits {
            let (kind, unit) = (i.kind.clone(), i.unit.clone());
            self.say("unit", &i.unit, Problem::UnitOfKind { kind, unit });
        }
    }

    fn parent(&mut self) {
        let i = self.i;
        if !i.parent.is_empty() && self.c.indicator(&i.parent).is_none() {
            let ids = self.c.indicators().iter().map(|k| k.id.as_str());
            let problem = Problem::UnknownParent {
                parent: i.parent.clone(),
                near: near(&i.parent, ids.filter(|id| *id != i.id)),
            };
            self.say("parent", &i.parent, problem);
        }
    }

    fn shared(&mut self, known: &FxHashSet<&str>) {
        for d in &self.i.shared {
            if d != "*" && !known.contains(d.as_str()) {
                let problem = Problem::UnknownDomain {
                    domain: d.clone(),
                    near: near(d, known.iter().copied()),
                };
                self.say("shared", d, problem);
            }
        }
    }
}

/// Parents that lead back to where they began: told once each, at the member that is first by id.
fn parent_cycles(c: &Catalogue) -> Vec<Finding> {
    let mut out = Vec::new();
    for i in c.indicators() {
        let mut path = vec![i.id.as_str()];
        let mut at = i;
        while let Some(parent) = c.indicator(&at.parent) {
            path.push(&parent.id);
            if parent.id == i.id {
                if path.iter().min() == Some(&i.id.as_str()) {
                    let (file, line) = c.place(i);
                    out.push(Finding {
                        file,
                        line,
                        entry: i.id.clone(),
                        problem: Problem::ParentCycle(path.iter().map(|p| p.to_string()).collect()),
                    });
                }
                break;
            }
            // A cycle that this one only leads into is told by its members.
            if path.iter().filter(|p| **p == parent.id).count() > 1 {
                break;
            }
            at = parent;
        }
    }
    out
}
