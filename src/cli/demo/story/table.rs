//! The table of the story: what each may see of the case after step 10. The demo asks it cell by cell and prints it;
//! `tests/api/story.rs` proves it on both databases.

use std::fmt::Write as _;

use super::{NotTold, Stage, Told};
use crate::base::words::Facet;
use crate::cli::demo::client::Answer;

/// Its rows: who, and for each facet, in the order of `Facet::ALL`, `●` yes, `–` withheld, `o` what they wrote themselves alone.
pub const ROWS: [(&str, &str); 10] = [
    ("fu_staff", "●●●●●●●o●●●"),
    ("fu_supervisor", "●●●●●●●o●●●"),
    ("qz_worker", "●●●●●●●●●●●"),
    ("qz_manager", "–––––––––––"),
    ("yy_police", "●––●●––––●●"),
    ("jw_committee", "●––●●––––●●"),
    ("sf_judicial", "●––●●––o●●●"),
    ("ht_legal", "●––●–––––●–"),
    ("xy_counsellor", "●●––●––o–––"),
    ("gqt_league", "–––––●–––––"),
];

/// Its last row: to these there is no such case.
pub const NOBODY: [&str; 7] = ["qz_cousin", "yp_police", "fu_auditor", "jd_auditor", "jd_auditor2", "admin", "fu_other"];

/// Whether a case that was answered shows this facet, more of it than what its reader wrote.
pub fn shows(case: &Answer, facet: &str) -> bool {
    let shown = case.body.pointer(&format!("/facets/{facet}")).filter(|shown| !shown.is_null());
    let withheld = case.body.get("withheld").and_then(serde_json::Value::as_array);
    let is_withheld = withheld.is_some_and(|all| all.iter().any(|name| name == facet));
    !is_withheld && shown.is_some_and(|shown| shown.get("own_only").and_then(serde_json::Value::as_bool) != Some(true))
}

/// Asks for every cell; the rows as lines. Errors: a cell is not as the story says.
pub async fn asked(stage: &Stage<'_>, told: &Told) -> Result<Vec<String>, NotTold> {
    let at = told.at_case();
    let mut lines = vec![format!("{:<14} {}", "", Facet::ALL.iter().map(|facet| facet.as_str()).collect::<Vec<_>>().join(" "))];
    for (who, cells) in ROWS {
        let actor = stage.actor(who)?;
        let case = actor.get(&at).await?.must(actor, "looks at the case", 200)?;
        let mut line = format!("{who:<14} ");
        for (facet, cell) in Facet::ALL.iter().map(|facet| facet.as_str()).zip(cells.chars()) {
            if shows(&case, facet) != (cell == '●') {
                return Err(NotTold::Unexpected {
                    who: who.to_owned(),
                    what: format!("sees {facet} otherwise than the story says"),
                    status: case.status,
                    body: String::new(),
                });
            }
            let _ = write!(line, "{cell:<width$}", width = facet.len().saturating_add(1));
        }
        lines.push(line.trim_end().to_owned());
    }
    for who in NOBODY {
        let actor = stage.actor(who)?;
        actor.get(&at).await?.must(actor, "looks at the case", 404)?;
        lines.push(format!("{who:<14} 404"));
    }
    Ok(lines)
}
