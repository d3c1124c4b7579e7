use std::fs;
use std::os::unix::fs::PermissionsExt;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, HEXLOWER, HEXUPPER};
use tempfile::TempDir;

use super::*;
use crate::vault::crypto::DataKey;

const MASTER: &str = "master.key";
const SEARCH: &str = "search.key";
const SIGNING: &str = "token-signing.key";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn filled() -> (TempDir, PathBuf) {
    let temp = TempDir::new().unwrap();
    let folder = temp.path().join("keys");
    create_missing(&folder).unwrap();
    (temp, folder)
}

#[test]
fn loading_makes_nothing() {
    let temp = TempDir::new().unwrap();
    let error = FileKeys::load(temp.path()).unwrap_err();
    assert!(matches!(&error, KeyError::Missing(path) if path.ends_with("master.key")), "{error}");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[test]
fn missing_keys_are_made_closed_to_others_and_load() {
    let (_temp, folder) = filled();
    assert_eq!(mode(&folder), 0o700);
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 4, "no draft is left: {names:?}");
    assert!(names.iter().all(|path| mode(path) == 0o600));
    let (one, two) = (FileKeys::load(&folder).unwrap(), FileKeys::load(&folder).unwrap());
    let (_, wrapped) = one.wrap("case", &DataKey::generate().unwrap()).unwrap();
    assert!(two.unwrap("case", &wrapped).is_ok());
    assert_eq!(one.signing_seed().bytes(), two.signing_seed().bytes());
    assert_ne!(one.signing_seed().bytes(), one.log_seed().bytes());
}

#[test]
fn keys_that_are_there_stay() {
    let (_temp, folder) = filled();
    fs::remove_file(folder.join(SEARCH)).unwrap();
    let before = fs::read(folder.join(MASTER)).unwrap();
    assert_eq!(create_missing(&folder).unwrap(), [folder.join(SEARCH)]);
    assert!(create_missing(&folder).unwrap().is_empty());
    assert_eq!(fs::read(folder.join(MASTER)).unwrap(), before);
}

#[test]
fn two_at_once_agree_on_one_key() {
    let temp = TempDir::new().unwrap();
    let made: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| create_missing(temp.path()).unwrap().len())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(made, 4);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 4);
}

#[test]
fn a_file_others_may_touch_is_refused_by_name() {
    let (_temp, folder) = filled();
    let path = folder.join(SEARCH);
    for loose in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o700, 0o666] {
        set_mode(&path, loose);
        let error = FileKeys::load(&folder).unwrap_err();
        assert!(matches!(&error, KeyError::Exposed { path: named, mode } if *named == path && *mode == loose), "{error}");
        let words = error.to_string();
        assert!(
            words.contains("search.key") && words.contains(&format!("{loose:04o}")) && words.contains("chmod 600"),
            "{words}"
        );
    }
    for tight in [0o600, 0o400] {
        set_mode(&path, tight);
        assert!(FileKeys::load(&folder).is_ok());
    }
}

#[test]
fn hex_and_base64_are_read() {
    let key = [0xfb; 32]; // gives + and / in base64, - and _ in its other alphabet
    for text in
        [HEXLOWER.encode(&key), HEXUPPER.encode(&key), BASE64.encode(&key), BASE64URL.encode(&key), BASE64_NOPAD.encode(&key)]
    {
        assert_eq!(*parse("k", &format!(" {text}\n")).unwrap(), key, "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "  ",
        "secret",
        &"ab".repeat(31),
        &"ab".repeat(33),
        &"zz".repeat(32),
        &BASE64.encode(&[1; 31]),
        &BASE64.encode(&[1; 48]),
    ] {
        assert!(matches!(parse("the key", text), Err(KeyError::Malformed(name)) if name == "the key"), "{text}");
    }
}

#[test]
fn an_unusable_file_is_named() {
    let (_temp, folder) = filled();
    let path = folder.join(SIGNING);
    for content in [&b"hello"[..], &[0xff; 64], &[b'a'; 5000]] {
        fs::write(&path, content).unwrap();
        let error = FileKeys::load(&folder).unwrap_err();
        assert!(matches!(&error, KeyError::Malformed(name) if name.ends_with("token-signing.key")), "{error}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(FileKeys::load(&folder), Err(KeyError::NotAFile(named)) if named == path));
}

#[test]
fn secrets_from_the_environment_do_as_well_but_no_key_twice() {
    let texts = [1, 2, 3, 4].map(|byte| HEXLOWER.encode(&[byte; 32]));
    let texts = texts.each_ref().map(String::as_str);
    let keys = FileKeys::from_secrets(texts).unwrap();
    assert_eq!((keys.signing_seed().bytes(), keys.log_seed().bytes()), (&[3; 32], &[4; 32]));
    assert_eq!(keys.master_ids(), (MasterKey::new(Zeroizing::new([1; 32])).id(), Vec::new()));
    for one in 0..4 {
        for other in (0..4).filter(|other| *other != one) {
            let mut twice = texts;
            twice[one] = texts[other];
            assert!(matches!(FileKeys::from_secrets(twice), Err(KeyError::Same(..))), "{one} is {other}");
        }
    }
    let error = FileKeys::from_secrets([texts[0], "oops-my-secret", texts[2], texts[3]]).unwrap_err().to_string();
    assert_eq!(error, "the search key does not hold 32 bytes in hex or base64");
}

#[test]
fn keys_do_not_show_themselves() {
    let texts = [1, 2, 3, 4].map(|byte| HEXLOWER.encode(&[byte; 32]));
    let shown = format!("{:?}", FileKeys::from_secrets(texts.each_ref().map(String::as_str)).unwrap());
    assert!(shown.contains("SearchKey(..)") && shown.contains("Seed(") && !shown.contains("[1, 1"), "{shown}");
    for text in &texts {
        assert!(!shown.contains(text.as_str()), "{shown}");
    }
}

fn rotated(folder: &Path, kind: Kind) -> (String, String) {
    let draft = Draft::of(folder, kind).unwrap();
    let new = draft.id();
    (draft.install().unwrap(), new)
}

#[test]
fn a_running_program_follows_a_rotation() {
    let (_temp, folder) = filled();
    let (running, key) = (FileKeys::load(&folder).unwrap(), DataKey::generate().unwrap());
    let (first, before) = running.wrap("case", &key).unwrap();
    let (old, new) = rotated(&folder, Kind::Master);
    assert_eq!(old, first);
    // A key wrapped now rests on the new one, though nobody told the running program; both open.
    let (second, after) = running.wrap("case", &key).unwrap();
    assert_eq!(second, new);
    for wrapped in [&before, &after] {
        assert!(running.unwrap("case", wrapped).is_ok());
    }
    // One that met the new key first by a wrapped case key.
    let late = FileKeys::load(&folder).unwrap();
    let (_, newest) = rotated(&folder, Kind::Master);
    let (_, wrapped) = running.wrap("case", &key).unwrap();
    assert_eq!(MasterKey::wrapped_by(&wrapped).unwrap(), newest);
    assert!(late.unwrap("case", &wrapped).is_ok());
    let mut ids = late.master_ids().1;
    ids.sort();
    let mut expected = vec![old.clone(), new];
    expected.sort();
    assert_eq!(ids, expected);
    // Retired, it opens nothing any more, and it is looked for once.
    remove_older(&folder, Kind::Master, &old).unwrap();
    late.reread().unwrap();
    for _ in 0..2 {
        assert!(matches!(late.unwrap("case", &before), Err(VaultError::UnknownMasterKey { wrapped_by }) if wrapped_by == old));
    }
    assert!(matches!(remove_older(&folder, Kind::Master, &old), Err(KeyError::Missing(_))));
    assert!(fs::read_dir(&folder).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with(".new")));
}

#[test]
fn wherever_a_rotation_is_broken_off_no_key_is_lost() {
    let (_temp, folder) = filled();
    let path = |name: &str| folder.join(name);
    let before = FileKeys::load(&folder).unwrap();
    let old = before.master_ids().0;
    let (_, wrapped) = before.wrap("case", &DataKey::generate().unwrap()).unwrap();
    // After the old key's second name; after the new one's own.
    fs::hard_link(path(MASTER), path(&format!("master.{old}.key"))).unwrap();
    assert_eq!(FileKeys::load(&folder).unwrap().master_ids(), (old.clone(), Vec::new()));
    let draft = Draft::of(&folder, Kind::Master).unwrap();
    let own = path(&format!("master.{}.key", draft.id()));
    fs::copy(&draft.path, &own).unwrap();
    let id = draft.id();
    drop(draft);
    let loaded = FileKeys::load(&folder).unwrap();
    assert_eq!(loaded.master_ids(), (old.clone(), vec![id.clone()]));
    assert!(loaded.unwrap("case", &wrapped).is_ok());
    // The next rotation goes through all the same, and the key of the one broken off stays until it is retired.
    let (was, new) = rotated(&folder, Kind::Master);
    assert_eq!(was, old);
    let loaded = FileKeys::load(&folder).unwrap();
    assert_eq!(loaded.master_ids().0, new);
    assert!(loaded.master_ids().1.contains(&id) && loaded.unwrap("case", &wrapped).is_ok());
    // After the current name passed on, the new key's own name is not gone yet.
    fs::hard_link(path(MASTER), path(&format!("master.{new}.key"))).unwrap();
    assert!(!FileKeys::load(&folder).unwrap().master_ids().1.contains(&new));
    rotated(&folder, Kind::Master);
}

#[test]
fn an_older_key_is_read_with_the_same_care() {
    let (_temp, folder) = filled();
    let (old, _) = rotated(&folder, Kind::Log);
    let path = folder.join(format!("audit-log.{old}.key"));
    let keys = FileKeys::load(&folder).unwrap();
    assert_eq!(keys.older_log_seeds().iter().map(|seed| seed.id().to_owned()).collect::<Vec<_>>(), std::slice::from_ref(&old));
    assert_eq!(mode(&path), 0o600);
    set_mode(&path, 0o640);
    assert!(matches!(FileKeys::load(&folder), Err(KeyError::Exposed { .. })));
    // A running program keeps what it has.
    assert!(keys.reread().is_err());
    assert_eq!(keys.older_log_seeds().len(), 1);
    set_mode(&path, 0o600);
    let misnamed = folder.join("audit-log.0123456789abcdef.key");
    fs::rename(&path, &misnamed).unwrap();
    assert!(matches!(FileKeys::load(&folder), Err(KeyError::Misnamed(named)) if named == misnamed));
    fs::rename(&misnamed, &path).unwrap();
    // A retired signing key leaves no file: its tokens are refused.
    let (signing, _) = rotated(&folder, Kind::TokenSigning);
    assert!(!folder.join(format!("token-signing.{signing}.key")).exists());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 5);
}
