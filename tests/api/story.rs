//! The story, end to end (docs: the main job), through the real HTTP API.

use std::collections::BTreeMap;

use lianhu::cli::demo::story::{Stage, Told, family, go_on};

use crate::app::{App, Expect as _, on_both_databases};

/// Plays on up to and including this step.
async fn play(app: &App, told: &mut Told, until: u8) {
    let mut lines = Vec::new();
    let mut tell = |line| lines.push(line);
    let actors: BTreeMap<&str, _> = app.everybody().map(|actor| (actor.username.as_str(), actor)).collect();
    let mut stage = Stage { actors, world: &app.world, clock: &*app.clock, tell: &mut tell };
    let went = go_on(&mut stage, &family::FIRST, told, until).await;
    assert!(went.is_ok(), "{}\nafter {lines:#?}", went.unwrap_err());
}

on_both_databases! {
    async fn the_whole_story(app: App) {
        let mut told = Told::default();
        play(&app, &mut told, 15).await;
        app.who("fu_staff").get(&told.at_case()).await.is(200);
    }
}
