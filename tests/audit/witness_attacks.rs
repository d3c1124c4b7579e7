//! A log that somebody rewrote: the witness does not cosign, keeps what it knew, and the auditors' desks say so.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::app::{App, Expect, on_both_databases};
use crate::eye::{Eye, cut_back, desk, grow, lianhu, log_signer, newest, renote, rewrite, root_of, signed_again, size_of};

/// A witness that has cosigned a log of a checkpoint and one more; the size of the first.
async fn watched(app: &App) -> (Eye, u64) {
    let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
    let first = grow(app, 3).await;
    eye.look_at(&app.base, &["--register"]).ended(0);
    grow(app, 260).await;
    eye.look(app).ended(0);
    (eye, first)
}

async fn objections(app: &App) -> Vec<String> {
    let list = app.who("jd_auditor").get("/audit/witnesses").await.is(200);
    let all = list.body["items"].as_array().expect("a list").iter().filter_map(|witness| witness["objections"].as_array());
    all.flatten().map(|objection| objection["kind"].as_str().expect("a kind").to_owned()).collect()
}

on_both_databases! {
    async fn a_log_that_was_set_back_is_objected_to_and_the_desks_say_so(app: App) {
        let (eye, first) = watched(&app).await;
        let state = eye.state();
        assert!(!desk(&app, "jd_auditor").await.contains("witness_objects"));
        cut_back(&app, first);
        let said = eye.look(&app).ended(4);
        assert!(said.err.contains("NOT COSIGNED") && said.err.contains("the auditors are told"), "{}", said.err);
        assert_eq!(eye.state(), state, "nothing moved");
        assert_eq!(objections(&app).await, ["rollback"]);
        for auditor in ["fu_auditor", "jd_auditor", "jd_auditor2"] {
            assert!(desk(&app, auditor).await.contains("witness_objects"), "{auditor}");
        }
        // Grown again over what it was, it is another log.
        grow(&app, 300).await;
        eye.look(&app).ended(3);
        assert_eq!(eye.state(), state);
        assert_eq!(objections(&app).await, ["fork", "rollback"]);
    }

    async fn a_checkpoint_that_is_gone_is_a_rollback(app: App) {
        let (eye, _) = watched(&app).await;
        let (size, state) = (eye.size(), eye.state());
        grow(&app, 3).await;
        rewrite(&app, &format!("DELETE FROM log_cosignatures WHERE size = {size}; DELETE FROM log_checkpoints WHERE size = {size}"));
        let said = eye.look(&app).ended(4);
        assert!(said.err.contains("is gone"), "{}", said.err);
        assert_eq!(eye.state(), state);
    }

    async fn two_witnesses_who_were_shown_two_halves_find_out(app: App) {
        let (one, first) = watched(&app).await;
        let size = one.size();
        cut_back(&app, first);
        while newest(&app).0 < size {
            grow(&app, 1).await;
        }
        assert_eq!(newest(&app).0, size);
        let other = Eye::new("oversight.example.cn/witness", "jd_auditor");
        other.look_at(&app.base, &["--register"]).ended(0);
        assert_eq!(other.size(), size, "the other one knows nothing of the first half");
        let state = other.state();
        let theirs = one.checkpoint();
        let said = other.look_at(&app.base, &["--seen", &theirs.to_string_lossy()]).ended(3);
        assert!(said.err.contains("two different logs"), "{}", said.err);
        assert_eq!(other.state(), state);
        let cosignature = one.state()["cosignature"].clone();
        let body = serde_json::json!({ "size": size, "cosignature": cosignature });
        app.who("fu_auditor").post("/audit/cosignatures", body).await.is(422);
        one.look(&app).ended(3);
        assert_eq!(objections(&app).await.len(), 2);
    }

    async fn a_smaller_tree_than_was_signed_does_not_fit(app: App) {
        let (eye, first) = watched(&app).await;
        let state = eye.state();
        let old = newest(&app).1;
        let size = grow(&app, 5).await;
        let note = newest(&app).1;
        let signer = log_signer(&note, 0xdd);
        // The old root under the new size.
        let lines: Vec<&str> = note.lines().collect();
        let root = old.lines().nth(2).expect("a root");
        let smaller = format!("{}\n{size}\n{root}\n\n{}\n", lines[0], lines[4]);
        renote(&app, size, &signed_again(&smaller, &[&signer]));
        assert_ne!(root_of(&smaller), root_of(&note));
        let said = eye.look(&app).ended(6);
        assert!(said.err.contains("do not make the tree"), "{}", said.err);
        // Nor does one who comes for the first time believe it.
        let newcomer = Eye::new("oversight.example.cn/witness", "jd_auditor");
        newcomer.look_at(&app.base, &["--register"]).ended(6);
        assert!(newcomer.state().is_null());
        // A leaf that is another one than was signed.
        renote(&app, size, &note);
        let hash = if app.postgres().is_some() { "'\\x0707070707070707070707070707070707070707070707070707070707070707'" }
            else { "x'0707070707070707070707070707070707070707070707070707070707070707'" };
        let last = size - 1;
        rewrite(&app, &format!("UPDATE log_leaves SET hash = {hash} WHERE position = {last}"));
        eye.look(&app).ended(6);
        assert_eq!(eye.state(), state);
        assert!(first < size);
    }

    async fn another_key_or_another_log_at_its_place_is_not_followed(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        let size = grow(&app, 3).await;
        let note = newest(&app).1;
        let (ours, stranger) = (log_signer(&note, 0xdd), log_signer(&note, 9));
        eye.look_at(&app.base, &["--register", "--log-key", &stranger.public().to_string()]).ended(5);
        assert!(eye.state().is_null());
        eye.look_at(&app.base, &["--log-key", &ours.public().to_string()]).ended(0);
        let state = eye.state();
        let size = size + grow(&app, 3).await - size;
        let note = newest(&app).1;
        renote(&app, size, &signed_again(&note, &[&stranger]));
        eye.look(&app).ended(5);
        let changed = note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
        renote(&app, size, &changed);
        eye.look(&app).ended(5);
        // A log of another name, whole in itself.
        let other = lianhu::audit::log::Signer::new("another/log", lianhu::audit::log::note::Use::Log, &[0xdd; 32]).expect("a name");
        let moved = signed_again(&note.replacen(note.lines().next().expect("an origin"), "another/log", 1), &[&other]);
        renote(&app, size, &moved);
        let said = eye.look(&app).ended(5);
        assert!(said.err.contains("here was the log"), "{}", said.err);
        assert_eq!(eye.state(), state);
        assert_eq!(size_of(state["note"].as_str().expect("a note")) + 3, size + 3 - (size - eye.size()));
    }
}

/// A server that answers each request with these bytes.
fn answering(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        }
    });
    base
}

#[test]
fn garbage_is_a_clear_error() {
    const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{";
    const REDIRECT: &[u8] = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
    for bytes in [&b"nonsense\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", b"", ENDLESS, REDIRECT] {
        let said = eye.look_at(&answering(bytes), &[]).ended(1);
        assert!(said.err.contains("/sessions"), "{}", said.err);
    }
    eye.look_at("http://log.example.cn", &[]).ended(2);
    eye.look_at("http://127.0.0.1:1", &["--log-key", "nonsense"]).ended(2);
    lianhu(eye.folder.path(), &["audit", "witness", "--key", "key"]).ended(2);
    lianhu(eye.folder.path(), &["audit", "witness", "--key", "none", "--new-key", "two words"]).ended(1);
}
