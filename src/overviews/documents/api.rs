//! `/document-templates`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Ctx;
use crate::base::words::FacetSet;
use crate::door::{List, Op, Public, Routes, View};
use crate::papers::Template;

/// A template of papers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DocumentTemplate")]
struct TemplateView {
    /// Its key.
    key: String,
    /// Its name in English.
    title: String,
    /// Its name in Chinese.
    title_zh: String,
    /// The facets that a paper made from it may bear: each bears those of what it holds.
    facets: FacetSet,
    /// Whether the respondent can come to hold such a paper; then it draws from the allow-list alone.
    reaches_respondent: bool,
}

impl View for TemplateView {}

impl From<&Template> for TemplateView {
    fn from(template: &Template) -> Self {
        Self {
            key: template.key().to_owned(),
            title: template.title().en.clone(),
            title_zh: template.title().zh.clone(),
            facets: template.facets(),
            reaches_respondent: template.reaches_respondent(),
        }
    }
}

/// `GET /document-templates`. Who may: anybody.
async fn templates(ctx: Ctx) -> Public<List<TemplateView>> {
    Public(List { items: ctx.gate().press().templates().iter().map(TemplateView::from).collect(), next: None })
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().get("/document-templates", templates).open().op(Op {
        id: "list_document_templates",
        tag: "documents",
        summary: "The templates of papers: names, the facets they may bear, whether they may reach the respondent",
        summary_zh: "文书模板:名称、可能涉及的信息类别、是否可能到达被申请人",
        who: "Anybody.",
        problems: &[],
    })
}
