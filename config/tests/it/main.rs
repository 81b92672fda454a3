//! Tests of the compiler from outside.

mod commands;
mod constructs;
mod corpus;
mod cron;
mod diagnostics;
mod executors;
mod expression;
mod filters;
mod forms;
mod kit;
mod lenient;
mod logic;
mod mutation;
mod orbs;
mod parameters;
mod plans;
mod process;
mod robust;
mod support;
mod workflows;
mod yaml;
