//! What a district would have beside the story: other cases, at other points.

use serde_json::json;

use super::client::Told as NotTold;
use super::story::{Line, Stage};

/// An own intake: source, her name, what happened, who takes it in, whether it is opened.
const CASES: [(&str, &str, &str, &str, bool); 3] = [
    ("walk_in", "虚构庚女", "当事人自行来访,称长期遭受言语羞辱和经济控制。", "fu_other", true),
    ("hotline", "虚构辛女", "热线来电,丈夫昨晚摔门离家前推搡了她。", "fu_other", false),
    ("school", "虚构壬女", "学校发现孩子情绪低落,母亲面部有淤青。", "fu_staff", false),
];

/// Plays them.
pub async fn others(stage: &mut Stage<'_>) -> Result<(), NotTold> {
    for (source, name, account, who, opened) in CASES {
        stage.clock.advance(60);
        let Some(actor) = stage.actors.get(who).copied() else { continue };
        let body =
            json!({ "source": source, "parties": [{ "kind": "survivor", "name": name }], "incident": { "account": account } });
        let case = actor.post("/cases", body).await?.must(actor, "takes an intake", 201)?.id();
        let came = if opened {
            actor.step(&format!("/cases/{case}"), "open", json!({})).await?.must(actor, "opens the case", 200)?;
            "个案状态:办理中"
        } else {
            "个案状态:接谈中"
        };
        let at = stage.clock.now();
        let (who, did) = (who.to_owned(), format!("自行受理({source})"));
        (stage.tell)(Line { step: 0, who, did, came: came.to_owned(), refused: false, at });
    }
    Ok(())
}
