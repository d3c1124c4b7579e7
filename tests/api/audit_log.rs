//! The verifiable log as its readers meet it: checkpoints, tiles, bundles, receipts; and what is made from it.

use data_encoding::BASE64;
use lianhu::audit::log::tile::{self, Kind, TilePath};
use lianhu::audit::log::{Checkpoint, Hash, Hashes, NoHashes, VerifierKey, leaf_hash, tree};
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};

/// A log as it was fetched.
struct Fetched {
    leaves: Vec<Vec<u8>>,
}

impl Hashes for Fetched {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes> {
        assert_eq!(level, 0, "so few entries have one level");
        let range = usize::try_from(first).unwrap()..usize::try_from(first + count).unwrap();
        Ok(self.leaves[range].iter().map(|leaf| leaf_hash(leaf)).collect())
    }
}

async fn text(app: &App, who: &str, path: &str) -> String {
    String::from_utf8(app.who(who).get(path).await.is(200).bytes).unwrap()
}

async fn bundle(app: &App, path: &TilePath) -> Vec<Vec<u8>> {
    let bytes = app.who("jd_auditor").get(&format!("/audit/{path}")).await.is(200).bytes;
    tile::entries(&bytes).map(|entry| entry.unwrap().to_vec()).collect()
}

async fn log_keys(app: &App) -> Vec<VerifierKey> {
    let newest = app.who("jd_auditor").get("/audit/entries?limit=100").await.is(200);
    let id = newest.body["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let proof = app.who("jd_auditor").get(&format!("/audit/entries/{id}/proof")).await.is(200);
    proof.body["log_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect()
}

/// The newest checkpoint, and every entry under it.
async fn fetched(app: &App) -> (Checkpoint, Fetched) {
    app.lianhu.sequence().await.unwrap();
    let note = text(app, "jd_auditor", "/audit/checkpoint").await;
    let checkpoint = Checkpoint::open(&note, &log_keys(app).await).unwrap();
    let mut leaves = Vec::new();
    while let Some(path) = TilePath::holding(Kind::Entries, u64::try_from(leaves.len()).unwrap(), checkpoint.size) {
        leaves.extend(bundle(app, &path).await);
    }
    (checkpoint, Fetched { leaves })
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks_exact(32).map(|hash| Hash(hash.try_into().unwrap())).collect()
}

async fn case(app: &App) -> String {
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ] });
    let id = app.who("fu_staff").post("/cases", intake).await.is(201).id();
    let at = format!("/cases/{id}");
    app.who("fu_staff").post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
    app.who("fu_staff").step(&at, "open", json!({})).await.is(200);
    id
}

on_both_databases! {
    async fn the_tiles_make_the_signed_root_and_hold_no_gap(app: App) {
        for _ in 0..300 {
            app.who("fu_staff").get("/me").await.is(200);
        }
        let (checkpoint, fetched) = fetched(&app).await;
        assert_eq!(u64::try_from(fetched.leaves.len()).unwrap(), checkpoint.size);
        assert!(checkpoint.size > 300);
        // Level 0 is the leaves; its full tile's root is what level 1 begins with.
        let first = hashes(&app.who("fu_auditor").get("/audit/tile/0/000").await.is(200).bytes);
        assert_eq!(first, fetched.leaves[..256].iter().map(|leaf| leaf_hash(leaf)).collect::<Vec<_>>());
        let above = hashes(&app.who("fu_auditor").get("/audit/tile/1/000.p/1").await.is(200).bytes);
        assert_eq!(above, [tree::root_of_group(&first)]);
        let root = tree::root(Levels(&fetched, above[0]), checkpoint.size).unwrap();
        assert_eq!(root, checkpoint.root);
        // Each entry once.
        let ids: std::collections::BTreeSet<String> =
            fetched.leaves.iter().map(|leaf| serde_json::from_slice::<Value>(leaf).unwrap()["id"].to_string()).collect();
        assert_eq!(ids.len(), fetched.leaves.len());
        for beyond in ["tile/0/002.p/1", "tile/1/000.p/2", "tile/2/000.p/1", "tile/entries/009", "tile/0/000.p/0", "tile/9/000", "tile/x"] {
            app.who("jd_auditor").get(&format!("/audit/{beyond}")).await.problem(404, "not_found");
        }
    }

    async fn entries_are_oversights_and_hashes_every_auditors(app: App) {
        app.lianhu.sequence().await.unwrap();
        let size = Checkpoint::open(&text(&app, "fu_auditor", "/audit/checkpoint").await, &log_keys(&app).await).unwrap().size;
        let tile = TilePath::holding(Kind::Hashes(0), 0, size).unwrap().to_string();
        app.who("fu_auditor").get(&format!("/audit/{tile}")).await.is(200);
        let entries = TilePath::holding(Kind::Entries, 0, size).unwrap().to_string();
        app.who("fu_auditor").get(&format!("/audit/{entries}")).await.problem(403, "forbidden");
        app.who("jd_auditor").get(&format!("/audit/{entries}")).await.is(200);
    }

    async fn nothing_of_a_person_is_in_the_log(app: App) {
        let id = case(&app).await;
        app.who("fu_staff").post("/cases/search", json!({ "name": "林晓梅" })).await.is(200);
        app.who("yp_police").get(&format!("/cases/{id}")).await.problem(404, "not_found");
        let (_, fetched) = fetched(&app).await;
        let all: Vec<String> = fetched.leaves.iter().map(|leaf| String::from_utf8(leaf.clone()).unwrap()).collect();
        assert!(!all.iter().any(|leaf| leaf.contains("林晓梅") || leaf.contains("周建国")));
        // The refusal is in it, and which case it was is not: what it withholds is bound to it all the same.
        let user = app.user("yp_police");
        let refused: Vec<Value> = all.iter().map(|leaf| serde_json::from_str(leaf).unwrap()).filter(|leaf: &Value| leaf["who"]["user"] == user && leaf["outcome"] == "denied").collect();
        let [refused] = refused.as_slice() else { panic!("{refused:?}") };
        assert!(!refused.to_string().contains(&id), "{refused}");
        assert_eq!(refused["withheld"].as_str().map(str::len), Some(64));
    }

    async fn a_receipt_is_proved_to_whoever_made_the_access(app: App) {
        let id = case(&app).await;
        let seen = app.who("fu_staff").get(&format!("/cases/{id}")).await.is(200);
        let receipt = seen.header("audit-receipt").unwrap().to_owned();
        let at = format!("/audit/entries/{receipt}/proof");
        app.who("fu_staff").get(&at).await.problem(409, "not_in_log_yet");
        app.lianhu.sequence().await.unwrap();
        for who in ["fu_staff", "fu_auditor", "jd_auditor"] {
            let proof = app.who(who).get(&at).await.is(200).body;
            let leaf = proof["entry"].as_str().unwrap().as_bytes();
            let keys: Vec<VerifierKey> = proof["log_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect();
            let checkpoint = Checkpoint::open(proof["checkpoint"].as_str().unwrap(), &keys).unwrap();
            let hashes: Vec<Hash> = proof["proof"].as_array().unwrap().iter()
                .map(|hash| Hash(BASE64.decode(hash.as_str().unwrap().as_bytes()).unwrap().try_into().unwrap())).collect();
            let head = (checkpoint.size, checkpoint.root);
            let index = proof["index"].as_u64().unwrap();
            assert!(tree::is_included(&hashes, head, index, leaf_hash(leaf)));
            assert!(!tree::is_included(&hashes, head, index, leaf_hash(b"another")));
            let entry: Value = serde_json::from_slice(leaf).unwrap();
            assert_eq!((&entry["id"], &entry["action"]), (&json!(receipt), &json!("view_case")));
        }
        // Another's access is not there for those who have nothing to do with it, as one that never was.
        for who in ["fu_other", "fu_supervisor", "qz_worker", "admin"] {
            let one = app.who(who).get(&at).await.problem(404, "not_found");
            let other = app.who(who).get("/audit/entries/0193a5b0-7c00-7000-8000-000000000001/proof").await.problem(404, "not_found");
            assert_eq!((&one.body["title"], &one.body["detail"]), (&other.body["title"], &other.body["detail"]));
        }
    }

    async fn statement_and_disclosures_are_the_log_entry_by_entry(app: App) {
        let id = case(&app).await;
        let at = format!("/cases/{id}");
        app.who("fu_staff").get(&at).await.is(200);
        app.clock.advance_minutes(5);
        app.who("fu_supervisor").post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        app.who("fu_supervisor").get(&format!("{at}/parties")).await.is(200);
        app.who("yp_police").get(&at).await.problem(404, "not_found");
        app.who("fu_staff").get("/cases").await.is(200);
        let (checkpoint, fetched) = fetched(&app).await;
        let statement = app.who("fu_staff").get(&format!("{at}/access-statement?limit=100")).await.is(200).body;
        let disclosures = app.who("fu_staff").get(&format!("{at}/disclosures?limit=100")).await.is(200).body;
        for made in [&statement, &disclosures] {
            assert_eq!(made["checkpoint"]["size"], checkpoint.size);
            assert_eq!(made["checkpoint"]["note"], checkpoint.note());
        }
        let entries: Vec<(usize, Value)> =
            fetched.leaves.iter().map(|leaf| serde_json::from_slice(leaf).unwrap()).enumerate().collect();
        let shows = |entry: &Value| entry["cases"].as_array().is_some_and(|cases| cases.iter().any(|seen| seen["case"] == id));
        let of_case: Vec<&(usize, Value)> =
            entries.iter().filter(|(_, entry)| entry["outcome"] == "allowed" && shows(entry)).collect();
        // What came after the checkpoint has no index: here, nothing but the statement's own reading.
        let lines: Vec<&Value> = statement["items"].as_array().unwrap().iter().filter(|line| !line["index"].is_null()).collect();
        assert_eq!(lines.len(), of_case.len());
        assert!(lines.len() > 5);
        for (line, (index, entry)) in lines.iter().zip(&of_case) {
            assert_eq!((&line["index"], &line["entry_id"], &line["at"]), (&json!(index), &entry["id"], &entry["at"]));
            let seen = entry["cases"].as_array().unwrap().iter().find(|seen| seen["case"] == id).unwrap();
            let parts: Vec<&Value> = line["parts"].as_array().unwrap().iter().map(|part| &part["facet"]).collect();
            assert_eq!(json!(parts), seen["facets"], "{line}");
            let grants: Vec<&Value> = line["basis"].as_array().unwrap().iter().map(|ground| &ground["grant_id"]).collect();
            assert_eq!(json!(grants), seen["grants"], "{line}");
        }
        for grant in disclosures["items"].as_array().unwrap() {
            let uses = |entry: &Value| entry["cases"].as_array().is_some_and(|cases| cases.iter().any(|seen| {
                seen["case"] == id && seen["grants"].as_array().is_some_and(|grants| grants.contains(&grant["grant_id"]))
            }));
            let last = of_case.iter().rev().find(|(_, entry)| uses(entry));
            if grant["last_look_index"].is_null() {
                // Looked by after the checkpoint, or never.
                assert!(last.is_none() || grant["last_look"].as_str() >= last.and_then(|(_, entry)| entry["at"].as_str()));
            } else {
                let (index, entry) = last.unwrap();
                assert_eq!((&grant["last_look_index"], &grant["last_look_entry"]), (&json!(index), &entry["id"]));
            }
        }
        // On paper: only when she says that it is safe to carry, without a name, and on the same checkpoint.
        app.who("fu_staff").get(&format!("{at}/access-statement/print")).await.problem(422, "not_valid");
        app.who("fu_staff").get(&format!("{at}/access-statement/print?safe_to_carry=false")).await.problem(422, "not_valid");
        let paper = text(&app, "fu_staff", &format!("{at}/access-statement/print?safe_to_carry=true")).await;
        assert!(paper.contains(checkpoint.note().lines().nth(2).unwrap()) && paper.contains("查看了个案"));
        assert!(!paper.contains("林晓梅"));
        // The same typeset, in the language she reads.
        let typeset = format!("{at}/access-statement/paper");
        app.who("fu_staff").get(&format!("{typeset}?language=zh")).await.problem(422, "not_valid");
        app.who("fu_staff").get(&format!("{typeset}?language=zh&safe_to_carry=false")).await.problem(422, "not_valid");
        app.who("qz_manager").get(&format!("{typeset}?language=zh&safe_to_carry=true")).await.problem(404, "not_found");
        for (language, told) in [("zh", "查看了个案"), ("en", "lookedatthecase")] {
            let answer = app.who("fu_staff").get(&format!("{typeset}?language={language}&safe_to_carry=true")).await.is(200);
            assert_eq!(answer.header("content-type"), Some("application/pdf"));
            assert!(answer.header("audit-receipt").is_some() && answer.header("content-disposition").unwrap().starts_with("attachment"));
            let read = crate::pdf::run_together(&answer.bytes);
            assert!(read.contains(told) && read.contains(checkpoint.note().lines().nth(2).unwrap()), "{read}");
            assert!(!read.contains("林晓梅"));
        }
    }
}

/// The fetched leaves, and the one hash above them.
struct Levels<'f>(&'f Fetched, Hash);

impl Hashes for Levels<'_> {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes> {
        if level == 0 { self.0.hashes(0, first, count) } else { Ok(vec![self.1; usize::try_from(count).unwrap()]) }
    }
}
