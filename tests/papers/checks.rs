//! Each mistake in a template stops the start, with its file and line.

use std::path::Path;

use lianhu::papers::Templates;

use super::reader::told;

/// The built-in templates in a folder, one file changed: `(file, from, to)`.
fn with(file: &str, from: &str, to: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/templates");
    for entry in std::fs::read_dir(&built_in).unwrap() {
        let entry = entry.unwrap();
        let mut text = std::fs::read_to_string(entry.path()).unwrap();
        if entry.file_name().to_str() == Some(file) {
            assert!(text.contains(from), "{file} does not hold {from}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(folder.path().join(entry.file_name()), text).unwrap();
    }
    let taken = Templates::in_folder(folder.path()).map(drop);
    taken.map_err(|wrong| told(&wrong).replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn the_built_in_templates_are_taken_from_a_folder_too() {
    with("settlement.typ", "#import", "#import").unwrap();
}

#[track_caller]
fn refused(file: &str, from: &str, to: &str, expected: &[&str]) {
    let said = with(file, from, to).unwrap_err();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_key_that_nobody_knows() {
    refused(
        "closing_summary.toml",
        "reaches_respondent = false",
        "reaches_respondent = false\ncolour = \"red\"",
        &[
            "closing_summary.toml:5: unknown field `colour`, expected one of `title`, `facets`, `reaches_respondent`, `fields`, `words`",
        ],
    );
}

#[test]
fn a_key_is_missing() {
    let said = with("closing_summary.toml", "reaches_respondent = false\n", "").unwrap_err();
    assert_eq!(said, "closing_summary.toml:1: missing field `reaches_respondent`");
}

#[test]
fn a_label_lacks_a_language() {
    let said =
        with("closing_summary.toml", "summary = { zh = \"工作小结\", en = \"Summary\" }", "summary = { zh = \"工作小结\" }")
            .unwrap_err();
    assert_eq!(said, "closing_summary.toml:23: missing field `en`");
}

#[test]
fn a_field_of_no_facet_or_kind() {
    refused(
        "closing_summary.toml",
        "summary = { kind = \"text\", of = \"progress\" }",
        "summary = { kind = \"text\", of = \"gossip\" }",
        &[
            "closing_summary.toml:14: summary: gossip is no facet (`no_facet` for what tells nothing of the case)",
            "closing_summary.typ:12: data.summary is not in the list",
        ],
    );
    let said = with("closing_summary.toml", "summary = { kind = \"text\"", "summary = { kind = \"essay\"").unwrap_err();
    assert!(said.starts_with("closing_summary.toml:14: unknown variant `essay`"), "{said}");
}

#[test]
fn a_list_that_does_not_say_what_its_fields_bear() {
    refused(
        "closing_summary.toml",
        "facets = [\"progress\"]",
        "facets = []",
        &["closing_summary.toml:3: the fields bear other facets: [progress]"],
    );
}

#[test]
fn a_page_that_draws_what_the_list_does_not_declare() {
    refused(
        "closing_summary.typ",
        "prose(data.summary)",
        "prose(data.secret)",
        &["closing_summary.typ:12: data.secret is not in the list", "closing_summary.toml:14: summary is not drawn by the page"],
    );
    refused(
        "closing_summary.typ",
        "#word.again",
        "#word.never",
        &["closing_summary.typ:17: word.never is not in the list", "closing_summary.toml:25: again is not said by the page"],
    );
    refused(
        "settlement.typ",
        "prose(row.service), row.unit",
        "prose(row.who), row.unit",
        &["settlement.typ:17: the list declares no column who for row"],
    );
}

#[test]
fn a_page_that_reads_the_data_by_the_back_door() {
    for (to, said) in [
        ("#data.at(\"summary\")", "data.at is not in the list"),
        ("#for (k, v) in data { v }", "data is read field by field, as data.NAME"),
        ("#let d = data", "data is read field by field, as data.NAME"),
        ("#let f(data) = data.summary", "data is read field by field, as data.NAME"),
        ("#eval(data.summary, mode: \"markup\")", "a page may not use eval"),
        ("#std.eval(\"1\")", "a page may not use std"),
        ("#read(\"/etc/passwd\")", "a page may not use read"),
        ("#image(\"x.png\")", "a page may not use image"),
        ("#sys.inputs", "a page may not use sys"),
        ("$ data.summary $", "a page holds neither formulas nor other pages"),
        ("#include \"other.typ\"", "a page holds neither formulas nor other pages"),
        ("#import \"@preview/x:1.0.0\": y", "a page imports house.typ and nothing else"),
        ("#import \"other.typ\": y", "a page imports house.typ and nothing else"),
        ("#let x = (", "unclosed delimiter"),
    ] {
        let all = with("closing_summary.typ", "#word.again", &format!("#word.again\n{to}")).unwrap_err();
        assert!(all.lines().any(|line| line == format!("closing_summary.typ:18: {said}")), "{to}: {all}");
    }
    refused(
        "settlement.typ",
        "#word.final",
        "#word.final\n#data.lines.first()",
        &["settlement.typ:35: data.lines has rows: write `for row in data.lines`"],
    );
}

#[test]
fn a_paper_for_the_respondent_that_draws_more_than_it_may() {
    for (field, of) in [
        ("applicant", "identity"),
        ("address", "location"),
        ("phone", "contact"),
        ("reasons", "incident"),
        ("risk_level", "risk"),
        ("reported_by", "confidential"),
        ("case_no", "no_facet"),
    ] {
        let to = format!("{{ kind = \"text\", of = \"no_facet\" }}\n{field} = {{ kind = \"text\", of = \"{of}\" }}");
        let said = with("mediation_notice_respondent.toml", "{ kind = \"text\", of = \"no_facet\" }", &to).unwrap_err();
        let told = format!("mediation_notice_respondent.toml:9: {field} is not on the list of what may reach the respondent");
        assert_eq!(said.lines().next(), Some(told.as_str()), "{said}");
    }
}

#[test]
fn a_file_is_missing_or_far_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let said = told(&Templates::in_folder(folder.path()).unwrap_err());
    assert_eq!(said.lines().count(), 22, "{said}");
    assert!(said.contains("settlement.toml:1: No such file"), "{said}");
    let large = "#".repeat(300 * 1024);
    let said = with("settlement.typ", "#import", &large).unwrap_err();
    assert_eq!(said, "settlement.typ:1: is larger than 262144 bytes");
}
