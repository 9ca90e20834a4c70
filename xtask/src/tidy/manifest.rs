//! A reader for the part of `Cargo.toml` that names dependencies.
//!
//! It goes line by line and knows only keys and tables, because a TOML parser would be this crate's only dependency.

/// The three kinds of dependency table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Normal,
    Dev,
    Build,
}

impl Kind {
    fn of(table: &str) -> Option<Self> {
        match table {
            "dependencies" => Some(Self::Normal),
            "dev-dependencies" | "dev_dependencies" => Some(Self::Dev),
            "build-dependencies" | "build_dependencies" => Some(Self::Build),
            _ => None,
        }
    }

    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Dev => "dev-dependencies",
            Self::Build => "build-dependencies",
        }
    }
}

/// One line that says something about a dependency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) line: usize,
    pub(super) kind: Kind,
    /// The key; `None` when a whole table is written on one line, `dependencies = { .. }`.
    pub(super) name: Option<String>,
    /// The real package behind the key, from `package = ".."`.
    pub(super) package: Option<String>,
    /// The folder it is taken from, from `path = ".."`.
    pub(super) path: Option<String>,
}

/// Every mention of a dependency of this package, whichever way TOML allows to write it.
pub(super) fn dependencies(manifest: &str) -> Vec<Mention> {
    keys(manifest)
        .into_iter()
        .filter_map(|Key { line, full, value }| {
            let place =
                if full.first().is_some_and(|key| key == "target") { full.get(2..)? } else { &full[..] };
            let (table, rest) = place.split_first()?;
            let kind = Kind::of(table)?;
            let last = rest.last().map(String::as_str);
            let field = |name| {
                if last == Some(name) { string(&value) } else { inline_field(&value, name) }
            };
            let is_table_header = value.is_empty();
            if rest.is_empty() && is_table_header {
                return None;
            }
            Some(Mention {
                line,
                kind,
                name: rest.first().cloned(),
                package: field("package"),
                path: field("path"),
            })
        })
        .collect()
}

/// Lines of `[workspace.dependencies]` that give a dependency another name than its package's.
pub(super) fn workspace_renames(manifest: &str) -> Vec<usize> {
    keys(manifest)
        .into_iter()
        .filter(|key| key.full.starts_with(&["workspace".to_owned(), "dependencies".to_owned()]))
        .filter(|key| {
            key.full.last().is_some_and(|last| last == "package")
                || inline_field(&key.value, "package").is_some()
        })
        .map(|key| key.line)
        .collect()
}

/// `name` of `[package]`.
pub(super) fn package_name(manifest: &str) -> Option<String> {
    keys(manifest).into_iter().find(|key| key.full == ["package", "name"]).and_then(|key| string(&key.value))
}

/// A key with the tables it is in, or a table header, whose value is empty.
struct Key {
    line: usize,
    full: Vec<String>,
    value: String,
}

fn keys(manifest: &str) -> Vec<Key> {
    let mut table: Vec<String> = Vec::new();
    let mut keys = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        let code = before(line, '#').trim();
        if let Some(header) = code.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = split_keys(header.trim_start_matches('[').trim_end_matches(']'));
            keys.push(Key { line: index + 1, full: table.clone(), value: String::new() });
        } else {
            let key = before(code, '=');
            if key.len() < code.len() {
                let full = table.iter().cloned().chain(split_keys(key)).collect();
                keys.push(Key { line: index + 1, full, value: code[key.len() + 1..].trim().to_owned() });
            }
        }
    }
    keys
}

/// The text up to a character that stands outside quotes, or all of it.
fn before(text: &str, stop: char) -> &str {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == stop => return &text[..index],
            None => {}
        }
    }
    text
}

/// `target.'cfg(unix)'.dependencies` as its three keys.
fn split_keys(dotted: &str) -> Vec<String> {
    let mut rest = dotted;
    let mut keys = Vec::new();
    loop {
        let key = before(rest, '.');
        keys.push(key.trim().trim_matches(['"', '\'']).to_owned());
        match rest.get(key.len() + 1..) {
            Some(after) => rest = after,
            None => return keys,
        }
    }
}

/// The value of a field in an inline table.
fn inline_field(value: &str, name: &str) -> Option<String> {
    let mut rest = value.trim_start().strip_prefix('{')?;
    loop {
        let field = before(rest, ',');
        let key = before(field, '=');
        if key.trim() == name {
            return string(field.get(key.len() + 1..)?);
        }
        rest = rest.get(field.len() + 1..)?;
    }
}

/// The text between the first pair of quotes.
fn string(value: &str) -> Option<String> {
    let value = value.trim_start();
    let quote = value.chars().next().filter(|&c| c == '"' || c == '\'')?;
    Some(value[1..].split(quote).next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each mention as `kind name package path`, with `-` for what is not there.
    fn read(manifest: &str) -> Vec<String> {
        let word = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        dependencies(manifest)
            .into_iter()
            .map(|m| {
                format!("{} {} {} {} {}", m.line, m.kind.table(), word(m.name), word(m.package), word(m.path))
            })
            .collect()
    }

    #[test]
    fn every_way_to_write_a_dependency_is_read() {
        for (manifest, expected) in [
            ("[dependencies]\nklr-sim.workspace = true", "2 dependencies klr-sim - -"),
            ("[dependencies]\n\"klr-sim\" = \"1\" # why", "2 dependencies klr-sim - -"),
            ("[dependencies]\nklr-sim = { path = \"../sim\" }", "2 dependencies klr-sim - ../sim"),
            ("[dependencies]\ns = { features = [\"a\"], package = 'klr-sim' }", "2 dependencies s klr-sim -"),
            ("[dependencies.klr-sim]", "1 dependencies klr-sim - -"),
            ("[dev-dependencies]\nklr-sim.workspace = true", "2 dev-dependencies klr-sim - -"),
            ("[build-dependencies.klr-sim]", "1 build-dependencies klr-sim - -"),
            ("[target.'cfg(unix)'.dependencies]\nklr-sim = \"1\"", "2 dependencies klr-sim - -"),
            ("[target.\"cfg(a.b)\".dev-dependencies.klr-sim]", "1 dev-dependencies klr-sim - -"),
            ("dependencies.klr-sim.path = \"../sim\"", "1 dependencies klr-sim - ../sim"),
            ("dependencies = { klr-sim = \"1\" }", "1 dependencies - - -"),
        ] {
            assert_eq!(read(manifest), [expected], "{manifest}");
        }
    }

    #[test]
    fn a_table_of_its_own_may_rename_and_point() {
        let manifest = "[dependencies.s]\npackage = \"klr-sim\"\npath = \"../sim\"";
        assert_eq!(
            read(manifest),
            ["1 dependencies s - -", "2 dependencies s klr-sim -", "3 dependencies s - ../sim"]
        );
    }

    #[test]
    fn comments_and_other_tables_are_not_dependencies() {
        let manifest = "[package]\nname = \"klr-sim\"\n[dependencies]\n# klr-model = \"1\"\n[features]\nklr-model = []\n";
        assert_eq!(read(manifest), Vec::<String>::new());
        assert_eq!(package_name(manifest).as_deref(), Some("klr-sim"));
    }

    #[test]
    fn a_rename_in_the_workspace_table_is_seen() {
        let manifest = "[workspace.dependencies]\na = \"1\"\nb = { path = \"c\", package = \"klr-c\" }\n";
        assert_eq!(workspace_renames(manifest), [3]);
        assert_eq!(workspace_renames("[workspace.dependencies.b]\npackage = \"klr-c\"\n"), [2]);
    }
}
