//! The witness, as another agency runs it: it cosigns what goes on from what it saw, whatever breaks off between.

use serde_json::json;

use crate::app::{App, Expect, on_both_databases};
use crate::eye::{Eye, desk, grow, log_signer, newest, renote, rewrite, signed_again, size_of};
use crate::rows::rows;

fn cosignatures(app: &App) -> i64 {
    rows(app).into_iter().find(|(table, _)| table == "log_cosignatures").expect("the table").1
}

on_both_databases! {
    async fn it_cosigns_and_goes_on_over_the_tiles_whenever_it_is_started(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        let first = grow(&app, 3).await;
        let said = eye.look_at(&app.base, &["--register"]).ended(0);
        assert!(said.err.contains("the first one seen"), "{}", said.err);
        assert!(said.out.contains(&format!("at {first} entries")), "{}", said.out);
        for _ in 0..3 {
            let size = grow(&app, 130).await;
            let said = eye.look(&app).ended(0);
            assert!(!said.err.contains("the first one seen"), "{}", said.err);
            assert_eq!((eye.size(), eye.state()["is_posted"].as_bool()), (size, Some(true)));
        }
        // Nothing new: nothing is cosigned.
        let before = cosignatures(&app);
        eye.look(&app).ended(0);
        assert_eq!(cosignatures(&app), before);
        let size = eye.size();
        assert!(size > 256, "{size}");
        let auditor = app.who("jd_auditor");
        let of = auditor.get(&format!("/audit/cosignatures?size={size}")).await.is(200);
        assert_eq!(of.body["items"][0]["agency_id"], app.agency("federation"));
        let witness = auditor.get("/audit/witnesses").await.is(200);
        assert_eq!(witness.body["items"][0]["cosigned_size"], size);
        let kept = std::fs::read_to_string(eye.checkpoint()).expect("readable");
        let served = String::from_utf8(auditor.get("/audit/checkpoint").await.is(200).bytes).expect("text");
        assert_eq!(served, kept, "the log shows the cosignature as the witness keeps it");
    }

    async fn what_was_signed_and_not_posted_is_posted_again(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        grow(&app, 3).await;
        // The log does not know the key yet: the cosignature is on the disk, and does not arrive.
        let said = eye.look(&app).ended(1);
        assert!(said.err.contains("--register"), "{}", said.err);
        let (state, size) = (eye.state(), eye.size());
        assert_eq!((state["is_posted"].as_bool(), cosignatures(&app)), (Some(false), 0));
        let said = eye.look_at(&app.base, &["--register"]).ended(0);
        assert!(said.out.contains("posted again"), "{}", said.out);
        assert_eq!((eye.state()["is_posted"].as_bool(), cosignatures(&app)), (Some(true), 1));
        assert_eq!(eye.state()["cosignature"], state["cosignature"], "the same one");
        // Posted, and the word of it lost; the log has grown meanwhile.
        let mut lost = eye.state();
        lost["is_posted"] = json!(false);
        let file = eye.checkpoint().with_extension("json");
        std::fs::write(&file, lost.to_string()).expect("written");
        let grown = grow(&app, 2).await;
        eye.look(&app).ended(0);
        assert!(grown > size);
        assert_eq!((eye.size(), cosignatures(&app)), (grown, 2));
    }

    async fn a_key_is_followed_only_where_the_one_before_it_signed(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        let first = grow(&app, 3).await;
        eye.look_at(&app.base, &["--register"]).ended(0);
        // Three checkpoints on: the key changed with the first, and the witness was away.
        let mut notes = Vec::new();
        for _ in 0..3 {
            grow(&app, 2).await;
            notes.push(newest(&app));
        }
        let (old, new, stranger) = (log_signer(&notes[0].1, 0xdd), log_signer(&notes[0].1, 7), log_signer(&notes[0].1, 8));
        for (number, (size, note)) in notes.iter().enumerate() {
            let by: &[_] = if number == 0 { &[&old, &new] } else { &[&new] };
            renote(&app, *size, &signed_again(note, by));
        }
        // Without a word of the old key's, nobody follows.
        eye.look(&app).ended(5);
        assert_eq!(eye.size(), first);
        let key = |of: &lianhu::audit::log::Signer, since: u64| {
            let (id, key) = (of.public().id_hex(), of.public());
            format!("INSERT INTO log_keys SELECT '{id}', '{key}', {since}, made_at FROM log_keys WHERE since_size = 0;")
        };
        rewrite(&app, &key(&new, first));
        let said = eye.look(&app).ended(0);
        assert!(said.err.contains("has changed"), "{}", said.err);
        assert_eq!(eye.size(), notes[2].0);
        assert_eq!(eye.state()["keys"].as_array().expect("keys").len(), 2);
        // A key that only says of itself that it is the log's.
        let (size, note) = newest(&app);
        rewrite(&app, &key(&stranger, size - 1));
        grow(&app, 2).await;
        let (size, _) = newest(&app);
        renote(&app, size, &signed_again(&newest(&app).1, &[&stranger]));
        let said = eye.look(&app).ended(5);
        assert!(said.err.contains("no known key"), "{}", said.err);
        assert!(eye.size() < size && eye.size() == size_of(&note));
    }

    async fn a_silent_witness_is_told_of_once_and_a_cosignature_clears_it(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        grow(&app, 3).await;
        eye.look_at(&app.base, &["--register"]).ended(0);
        assert_eq!(app.lianhu.watch_witnesses().await.expect("watched"), 0);
        app.clock.advance_minutes(1441);
        grow(&app, 3).await;
        assert_eq!(app.lianhu.watch_witnesses().await.expect("watched"), 1);
        assert_eq!(app.lianhu.watch_witnesses().await.expect("watched"), 0, "once a silence");
        for auditor in ["fu_auditor", "jd_auditor", "jd_auditor2"] {
            assert!(desk(&app, auditor).await.contains("witness_silent"), "{auditor}");
        }
        app.lianhu.sequence().await.expect("goes on");
        eye.look(&app).ended(0);
        for auditor in ["fu_auditor", "jd_auditor", "jd_auditor2"] {
            assert!(!desk(&app, auditor).await.contains("witness_silent"), "{auditor}");
        }
    }

    async fn only_right_cosignatures_are_kept(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        let first = grow(&app, 3).await;
        eye.look_at(&app.base, &["--register"]).ended(0);
        let line = eye.state()["cosignature"].as_str().expect("a line").to_owned();
        let second = grow(&app, 3).await;
        let before = cosignatures(&app);
        let (name, bytes) = line.rsplit_once(' ').expect("base64");
        let mut forged: Vec<char> = bytes.chars().collect();
        forged[30] = if forged[30] == 'A' { 'B' } else { 'A' };
        let forged = format!("{name} {}", forged.into_iter().collect::<String>());
        let cases = [
            ("jd_auditor", first, line.clone(), 422, "another agency's"),
            ("fu_auditor", second, line.clone(), 422, "another size's"),
            ("fu_auditor", first, forged, 422, "forged"),
            ("fu_auditor", first, "— nobody AAAA".to_owned(), 422, "nobody's"),
            ("fu_auditor", first + 100_000, line.clone(), 404, "no checkpoint's"),
            ("fu_staff", first, line.clone(), 403, "no auditor's"),
        ];
        for (who, size, cosignature, status, what) in cases {
            let body = json!({ "size": size, "cosignature": cosignature });
            let answer = app.who(who).post("/audit/cosignatures", body).await.expect("answered");
            assert!(answer.status == status || (status == 403 && answer.status == 404), "{what}: {}", answer.status);
        }
        assert_eq!(cosignatures(&app), before, "nothing is kept");
        app.who("fu_auditor").post("/audit/cosignatures", json!({ "size": first, "cosignature": line })).await.is(204);
        assert_eq!(cosignatures(&app), before, "the same one again changes nothing");
    }
}
