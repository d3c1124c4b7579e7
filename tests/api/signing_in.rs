//! Signing in, and one's own account.

use crate::app::{Expect, on_both_databases};

on_both_databases! {
    async fn everybody_of_the_story_signs_in_and_sees_their_own_account(app: App) {
        for actor in app.everybody() {
            let me = actor.get("/me").await.is(200);
            assert_eq!(me.text("/username"), actor.username);
        }
    }
}
