//! Tests of the compiler from outside.

mod corpus;
mod cron;
mod diagnostics;
mod expression;
mod filters;
mod forms;
mod kit;
mod language;
mod mutation;
mod orbs;
mod plans;
mod process;
mod robust;
mod support;
mod workflows;
mod yaml;
