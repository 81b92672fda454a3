//! One pass over everything: what goes, in batches. Finding it changes nothing.

use std::collections::{BTreeMap, VecDeque};

use model::{id::PipelineId, time::Timestamp};
use store::{
    Store,
    retention::{self, Cursor, Item, Kind, Rule},
};

use crate::{
    log::Logs,
    settings::{Keep, RetentionSettings},
};

/// So many things go at a time.
const PAGE: u32 = 200;

/// Things of one kind that go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// What they are.
    pub kind: Kind,
    /// Which, with their sizes, the oldest first. Never empty.
    pub items: Vec<Item>,
}

/// A pass that is under way.
#[derive(Debug)]
pub struct Pass {
    store: Store,
    logs: Logs,
    settings: RetentionSettings,
    now: Timestamp,
    left: VecDeque<Kind>,
    walk: Option<Walk>,
    /// Whether a pipeline is the last green one of its branch.
    green: BTreeMap<PipelineId, bool>,
}

/// The way through one kind.
#[derive(Debug)]
struct Walk {
    kind: Kind,
    rule: Rule,
    cursor: Cursor,
    /// Bytes that are too many.
    excess: u64,
    /// What one pipeline has of the database.
    share_bytes: u64,
}

impl Pass {
    pub(super) fn new(store: Store, logs: Logs, settings: RetentionSettings, now: Timestamp) -> Self {
        let left = Kind::ALL.into();
        Self { store, logs, settings, now, left, walk: None, green: BTreeMap::new() }
    }

    /// What goes next; `None` at the end.
    ///
    /// # Errors
    /// Rows or files cannot be read.
    pub async fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        loop {
            let mut walk = match self.walk.take() {
                Some(walk) => walk,
                None => {
                    let Some(kind) = self.left.pop_front() else { return Ok(None) };
                    match self.begin(kind).await? {
                        Some(walk) => walk,
                        None => continue,
                    }
                }
            };
            let page = retention::list(self.store.read(), walk.kind, walk.rule, &walk.cursor, PAGE).await?;
            let Some(last) = page.last() else { continue };
            walk.cursor = Cursor::behind(last);
            let kind = walk.kind;
            let items = self.choose(&mut walk, page).await?;
            walk.rule.all &= walk.excess > 0;
            self.walk = Some(walk);
            if !items.is_empty() {
                return Ok(Some(Batch { kind, items }));
            }
        }
    }

    const fn keep(&self, kind: Kind) -> Keep {
        match kind {
            Kind::Artifacts => self.settings.artifacts,
            Kind::Workspaces => self.settings.workspaces,
            Kind::Caches => self.settings.caches,
            Kind::Logs => self.settings.logs,
            Kind::Deliveries => self.settings.deliveries,
            Kind::Pipelines => self.settings.pipelines,
        }
    }

    /// `None`: of this kind everything is kept.
    async fn begin(&self, kind: Kind) -> anyhow::Result<Option<Walk>> {
        let Keep { max_age_ms, max_count, max_bytes } = self.keep(kind);
        let before = max_age_ms.map_or(Timestamp::from_millis(i64::MIN), |age| self.now.plus_millis(-age));
        let (mut excess, mut share_bytes) = (0, 0);
        if let Some(most) = max_bytes {
            let total = match kind {
                Kind::Logs => self.logs.total_bytes().await?,
                Kind::Artifacts | Kind::Workspaces | Kind::Caches | Kind::Deliveries | Kind::Pipelines => {
                    retention::total_bytes(self.store.read(), kind).await?
                }
            };
            excess = total.saturating_sub(most);
            if kind == Kind::Pipelines {
                share_bytes = total / retention::count_pipelines(self.store.read()).await?.max(1);
            }
        }
        if max_age_ms.is_none() && max_count.is_none() && excess == 0 {
            return Ok(None);
        }
        let rule = Rule { before, beyond: max_count, all: excess > 0 };
        Ok(Some(Walk { kind, rule, cursor: Cursor::beginning(), excess, share_bytes }))
    }

    async fn choose(&mut self, walk: &mut Walk, page: Vec<Item>) -> anyhow::Result<Vec<Item>> {
        let keeps_green = self.settings.keep_last_green
            && match walk.kind {
                Kind::Artifacts | Kind::Logs | Kind::Pipelines => true,
                Kind::Workspaces | Kind::Caches | Kind::Deliveries => false,
            };
        let mut going = Vec::new();
        for mut item in page {
            if !item.expired && walk.excess == 0 {
                continue;
            }
            if let Some(pipeline) = item.pipeline.filter(|_| keeps_green)
                && self.is_last_green(pipeline).await?
            {
                continue;
            }
            match walk.kind {
                Kind::Logs => item.size_bytes = self.logs.job_bytes(&item.id).await?,
                Kind::Pipelines => item.size_bytes = walk.share_bytes,
                Kind::Artifacts | Kind::Workspaces | Kind::Caches | Kind::Deliveries => {}
            }
            walk.excess = walk.excess.saturating_sub(item.size_bytes);
            going.push(item);
        }
        Ok(going)
    }

    async fn is_last_green(&mut self, pipeline: PipelineId) -> store::Result<bool> {
        if let Some(known) = self.green.get(&pipeline) {
            return Ok(*known);
        }
        let is = retention::is_last_green(self.store.read(), pipeline).await?;
        self.green.insert(pipeline, is);
        Ok(is)
    }
}
