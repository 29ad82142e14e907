//! Routes and rules, as objects that are planned.

use super::kind::Object;
use crate::kernel::{KernelRoute, KernelRule, RouteKey, RuleKey};

impl Object for KernelRoute {
    type Key = RouteKey;

    fn key(&self) -> RouteKey {
        self.key.clone()
    }

    fn is_ours(&self) -> bool {
        self.key.is_marked() || self.route.is_some()
    }
}

impl Object for KernelRule {
    type Key = RuleKey;

    fn key(&self) -> RuleKey {
        self.key.clone()
    }

    fn is_ours(&self) -> bool {
        self.ours
    }
}
