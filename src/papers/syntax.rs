//! What a page may say: it draws `data.FIELD` and `word.NAME` that its list declares, and nothing that reads elsewhere or
//! turns text into markup. Found in the syntax tree, not in the text.

use std::collections::BTreeSet;

use typst::syntax::{DiagSpan, DiagSpanKind, Source, SyntaxKind, SyntaxNode, ast};

/// Names of typst's that read files, load code, look at the machine, or take text for markup.
const FORBIDDEN: &[&str] = &[
    "eval",
    "plugin",
    "read",
    "json",
    "csv",
    "toml",
    "yaml",
    "xml",
    "cbor",
    "image",
    "bibliography",
    "sys",
    "std",
    "pdf",
    "html",
    "datetime",
];

/// What is wrong, and at which byte.
pub(super) struct Found {
    pub(super) offset: usize,
    pub(super) what: String,
}

/// What the page draws.
#[derive(Default)]
pub(super) struct Drawn {
    /// Fields of `data`.
    pub(super) fields: BTreeSet<String>,
    /// Names of `word`.
    pub(super) words: BTreeSet<String>,
}

/// The columns of a field of rows; none: it is not one of rows.
pub(super) type Columns<'a> = &'a dyn Fn(&str) -> Option<BTreeSet<String>>;

/// Reads the page. Errors: everything that it may not say, in order.
pub(super) fn read(source: &Source, columns: Columns<'_>) -> Result<Drawn, Vec<Found>> {
    let mut reader = Reader { columns, drawn: Drawn::default(), found: Vec::new(), rows: Vec::new() };
    let root = source.root();
    let (errors, _) = root.errors_and_warnings();
    for error in errors {
        reader.found.push(Found { offset: place_of(source, error.span), what: error.message.to_string() });
    }
    reader.walk(root, 0);
    if reader.found.is_empty() { Ok(reader.drawn) } else { Err(reader.found) }
}

struct Reader<'a> {
    columns: Columns<'a>,
    drawn: Drawn,
    found: Vec<Found>,
    /// The loop variables in force that stand for a row, with its columns.
    rows: Vec<(String, BTreeSet<String>)>,
}

impl Reader<'_> {
    fn refuse(&mut self, offset: usize, what: impl Into<String>) {
        self.found.push(Found { offset, what: what.into() });
    }

    fn walk(&mut self, node: &SyntaxNode, offset: usize) {
        match node.kind() {
            SyntaxKind::Equation | SyntaxKind::ModuleInclude => {
                return self.refuse(offset, "a page holds neither formulas nor other pages");
            }
            SyntaxKind::ModuleImport => {
                let from =
                    node.children().find(|child| child.kind() == SyntaxKind::Str).map(|child| child.leaf_text().to_string());
                if from.as_deref() != Some("\"house.typ\"") {
                    self.refuse(offset, "a page imports house.typ and nothing else");
                }
                return;
            }
            SyntaxKind::FieldAccess => return self.access(node, offset),
            SyntaxKind::ForLoop => return self.each(node, offset),
            SyntaxKind::Ident => {
                let name = node.leaf_text().to_string();
                if matches!(name.as_str(), "data" | "word") {
                    self.refuse(offset, format!("{name} is read field by field, as {name}.NAME"));
                } else if FORBIDDEN.contains(&name.as_str()) {
                    self.refuse(offset, format!("a page may not use {name}"));
                } else if self.rows.iter().any(|(row, _)| *row == name) {
                    self.refuse(offset, format!("a row is read column by column, as {name}.NAME"));
                }
                return;
            }
            _ => {}
        }
        self.children(node, offset);
    }

    fn children(&mut self, node: &SyntaxNode, mut offset: usize) {
        for child in node.children() {
            self.walk(child, offset);
            offset = offset.saturating_add(child.len());
        }
    }

    fn access(&mut self, node: &SyntaxNode, offset: usize) {
        let Some(access) = node.cast::<ast::FieldAccess<'_>>() else { return };
        let ast::Expr::Ident(target) = access.target() else {
            // `data.rows.len()`, `calc.max`: only what stands left of the last dot is looked at.
            let target = node.children().next();
            if let Some(target) = target {
                self.walk(target, offset);
            }
            return;
        };
        let (target, field) = (target.get().to_string(), access.field().get().to_string());
        match target.as_str() {
            "data" => {
                if (self.columns)(&field).is_some() {
                    return self.refuse(offset, format!("data.{field} has rows: write `for row in data.{field}`"));
                }
                self.drawn.fields.insert(field);
            }
            "word" => {
                self.drawn.words.insert(field);
            }
            name if FORBIDDEN.contains(&name) => self.refuse(offset, format!("a page may not use {name}")),
            name => {
                let row = self.rows.iter().rev().find(|(row, _)| row == name);
                if let Some((_, columns)) = row
                    && !columns.contains(&field)
                {
                    self.refuse(offset, format!("the list declares no column {field} for {name}"));
                }
            }
        }
    }

    /// `for row in data.FIELD { … }`: inside, `row` is a row.
    fn each(&mut self, node: &SyntaxNode, offset: usize) {
        let rows = node.cast::<ast::ForLoop<'_>>().and_then(|each| {
            let ast::Expr::FieldAccess(over) = each.iterable() else { return None };
            let ast::Expr::Ident(target) = over.target() else { return None };
            let field = over.field().get().to_string();
            let columns = (self.columns)(&field).filter(|_| target.get() == "data")?;
            let ast::Pattern::Normal(ast::Expr::Ident(row)) = each.pattern() else { return None };
            Some((field, row.get().to_string(), columns))
        });
        let Some((field, row, columns)) = rows else { return self.children(node, offset) };
        self.drawn.fields.insert(field);
        self.rows.push((row, columns));
        // The loop's head is known; its body is its last part.
        let mut at = offset;
        let count = node.children().count();
        for (place, child) in node.children().enumerate() {
            if place.saturating_add(1) == count {
                self.walk(child, at);
            }
            at = at.saturating_add(child.len());
        }
        self.rows.pop();
    }
}

/// Where in the source a span begins.
fn place_of(source: &Source, span: DiagSpan) -> usize {
    match span.get() {
        DiagSpanKind::Number { num, sub_range, .. } => source.range(num, sub_range).map_or(0, |range| range.start),
        DiagSpanKind::Range { range, .. } => range.start,
        DiagSpanKind::Detached => 0,
    }
}
