//! Whether a file has the shape that its JSON schema describes.
//!
//! The schemas (`pipelines/schema/*.json`) are there for editors, which complete and check with them while one writes.
//! They are also what `validate` looks at before anything else, so that all unknown keys and wrong values of a file are
//! told at once, each with its line; serde would stop at the first. Only the part of JSON Schema that the schemas use
//! is understood here: type, properties, additionalProperties, required, items, minItems, enum, pattern, minLength and
//! references to `definitions`.

use super::lines::Lines;
use super::near::near;
use super::validate::{Finding, Problem, Wanted};
use regex::Regex;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The schemas: name and text.
pub const SCHEMAS: &[(&str, &str)] = &[
    (
        "pipeline",
        include_str!("../../pipelines/schema/pipeline.json"),
    ),
    (
        "agencies",
        include_str!("../../pipelines/schema/agencies.json"),
    ),
    ("forms", include_str!("../../pipelines/schema/forms.json")),
    ("checks", include_str!("../../pipelines/schema/checks.json")),
    ("units", include_str!("../../pipelines/schema/units.json")),
    (
        "not-figures",
        include_str!("../../pipelines/schema/not-figures.json"),
    ),
    (
        "language",
        include_str!("../../pipelines/schema/language.json"),
    ),
];

/// Findings of one file at most: a file of another kind altogether would fill the screen.
const MOST: usize = 200;

/// Name of the schema of a file.
pub fn schema_of(file: &str) -> &'static str {
    let stem = file.strip_suffix(".toml").unwrap_or(file);
    SCHEMAS
        .iter()
        .map(|(name, _)| *name)
        .find(|name| *name == stem)
        .unwrap_or("pipeline")
}

/// What of a file's text is not as its schema says.
pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let name = schema_of(file);
    let schema = SCHEMAS
        .iter()
        .find(|(n, _)| *n == name)
        .and_then(|(_, s)| serde_json::from_str(s).ok())
        .unwrap_or(Json::Null);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut walk = Walk {
        file,
        lines: Lines::of(text),
        schema: &schema,
        patterns: FxHashMap::default(),
        findings: Vec::new(),
    };
    for e in errors.iter().take(MOST) {
        let at = e.span().map_or(0, |s| s.start);
        walk.say(at, "", Problem::Syntax(e.message().to_string()));
    }
    // What was made of broken lines would only be told twice.
    if errors.is_empty() {
        walk.table(&schema, table.get_ref(), table.span().start, "", "");
    }
    walk.findings
}

struct Walk<'s> {
    file: &'s str,
    lines: Lines,
    schema: &'s Json,
    patterns: FxHashMap<&'s str, Option<Regex>>,
    findings: Vec<Finding>,
}

impl<'s> Walk<'s> {
    fn say(&mut self, at: usize, entry: &str, problem: Problem) {
        if self.findings.len() < MOST {
            self.findings.push(Finding {
                file: self.file.to_string(),
                line: self.lines.at(at),
                entry: entry.to_string(),
                problem,
            });
        }
    }

    /// The schema itself, or the definition that it refers to.
    fn resolve(&self, schema: &'s Json) -> &'s Json {
        schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|r| r.strip_prefix("#/definitions/"))
            .and_then(|name| self.schema.get("definitions")?.get(name))
            .unwrap_or(schema)
    }

    fn value(&mut self, schema: &'s Json, v: &Spanned<DeValue>, key: &str, entry: &str) {
        let schema = self.resolve(schema);
        let at = v.span().start;
        let wanted = match schema.get("type").and_then(Json::as_str) {
            Some("string") => Wanted::Text,
            Some("array") => Wanted::List,
            Some("object") => Wanted::Table,
            Some("boolean") => Wanted::Bool,
            Some("integer") => Wanted::Integer,
            _ => return,
        };
        match (v.get_ref(), wanted) {
            (DeValue::Table(t), Wanted::Table) => self.table(schema, t, at, key, entry),
            (DeValue::Array(items), Wanted::List) => {
                let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or(0);
                if (items.len() as u64) < least {
                    self.say(at, entry, Problem::Empty(key.to_string()));
                }
                if let Some(of) = schema.get("items") {
                    for item in items.iter() {
                        self.value(of, item, key, entry);
                    }
                }
            }
            (DeValue::String(s), Wanted::Text) => self.text(schema, s, at, key, entry),
            (DeValue::Boolean(_), Wanted::Bool) | (DeValue::Integer(_), Wanted::Integer) => {}
            _ => self.say(
                at,
                entry,
                Problem::WrongType {
                    key: key.to_string(),
                    wanted,
                },
            ),
        }
    }

    fn table(&mut self, schema: &'s Json, table: &DeTable, at: usize, key: &str, entry: &str) {
        let schema = self.resolve(schema);
        let text = |key: &str| table.get(key).and_then(|v| v.get_ref().as_str());
        let own = text("id").or_else(|| text("name")).or_else(|| text("base"));
        // The header [pipeline] has a name too, but is no entry.
        let entry = own.filter(|_| key != "pipeline").unwrap_or(entry);
        let properties = schema.get("properties").and_then(Json::as_object);
        for (name, value) in table.iter() {
            let known = properties.and_then(|p| p.get(name.get_ref().as_ref()));
            match (known, schema.get("additionalProperties")) {
                (Some(of), _) => self.value(of, value, name.get_ref(), entry),
                (None, Some(of @ Json::Object(_))) => {
                    self.value(of, value, name.get_ref(), entry);
                }
                (None, Some(Json::Bool(false))) => {
                    let key = name.get_ref().to_string();
                    let known: Vec<String> =
                        properties.map_or(Vec::new(), |p| p.keys().cloned().collect());
                    let of_file = self.schema.get("properties").and_then(|p| p.get(&key));
                    let problem = match near(&key, known.iter().map(String::as_str)) {
                        None if of_file.is_some() => Problem::Misplaced(key),
                        near => Problem::UnknownKey { key, near, known },
                    };
                    self.say(name.span().start, entry, problem);
                }
                _ => {}
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if !table.contains_key(name) {
                self.say(at, entry, Problem::MissingKey(name.to_string()));
            }
        }
    }

    fn text(&mut self, schema: &'s Json, value: &str, at: usize, key: &str, entry: &str) {
        if let Some(all) = schema.get("enum").and_then(Json::as_array) {
            let allowed: Vec<&str> = all.iter().filter_map(Json::as_str).collect();
            if !allowed.contains(&value) {
                let problem = Problem::NotAllowed {
                    key: key.to_string(),
                    value: value.to_string(),
                    near: near(value, allowed.iter().copied()),
                    allowed: allowed.iter().map(|s| s.to_string()).collect(),
                };
                self.say(at, entry, problem);
            }
            return;
        }
        let least = schema.get("minLength").and_then(Json::as_u64).unwrap_or(0);
        if (value.chars().take(1).count() as u64) < least.min(1) {
            self.say(at, entry, Problem::Empty(key.to_string()));
            return;
        }
        let Some(pattern) = schema.get("pattern").and_then(Json::as_str) else {
            return;
        };
        let compiled = self
            .patterns
            .entry(pattern)
            .or_insert_with(|| Regex::new(pattern).ok());
        if compiled.as_ref().is_some_and(|p| !p.is_match(value)) {
            let problem = Problem::BadForm {
                key: key.to_string(),
                value: value.to_string(),
            };
            self.say(at, entry, problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::role_bit;
    use super::*;

    #[test]
    fn roles_of_the_language_are_those_of_the_program() {
        let (_, text) = SCHEMAS.iter().find(|(n, _)| *n == "language").unwrap();
        let schema: Json = serde_json::from_str(text).unwrap();
        for list in ["roles", "words"] {
            let known = schema["properties"][list]["properties"]
                .as_object()
                .unwrap();
            for name in known.keys() {
                let read =
                    role_bit(name).is_some() || matches!(name.as_str(), "leftover" | "funds");
                assert!(read, "{name}");
            }
        }
    }

    #[test]
    fn a_broken_file_is_told_once_a_fault() {
        let found = check("x.toml", "a = [1\nb = \n");
        assert!(!found.is_empty() && found.iter().all(|f| f.problem.code() == "syntax"));
        let many =
            "zzz = 1\n".to_string() + &(0..1000).map(|n| format!("z{n} = 1\n")).collect::<String>();
        assert_eq!(check("x.toml", &many).len(), MOST);
    }
}
