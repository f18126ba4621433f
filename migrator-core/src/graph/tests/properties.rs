use proptest::prelude::*;
use proptest::sample::Index;

use super::model::{Model, Names, named, nodes, one};
use super::*;

#[derive(Debug, Clone)]
enum Command {
    Up(Index),
    UpAll,
    Down(Index),
    DownAll,
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let command = prop_oneof![
        4 => any::<Index>().prop_map(Command::Up),
        1 => Just(Command::UpAll),
        4 => any::<Index>().prop_map(Command::Down),
        1 => Just(Command::DownAll),
    ];
    prop::collection::vec(command, 1..12)
}

/// A database in the model and in the graph, moved side by side.
struct Bench {
    model: Model,
    names: Vec<String>,
    graph: Graph,
    applied: Applied,
}

impl Bench {
    fn new(nodes: &[Node]) -> Self {
        let model = Model::of(nodes);
        Self { names: model.names(), graph: Graph::build(nodes.to_vec()).unwrap(), model, applied: Applied::new() }
    }

    fn run(&mut self, command: &Command) {
        match command {
            Command::Up(at) => self.up(at.get(&self.names).clone().as_str()),
            Command::UpAll => self.up("heads"),
            Command::Down(at) => self.down(Some(at.get(&self.names).clone().as_str())),
            Command::DownAll => self.down(None),
        }
        assert_eq!(named(&self.graph.tips(&self.applied)), self.model.tips(&named(&self.applied)));
        assert!(self.graph.anomalies(&self.applied).is_empty());
    }

    fn up(&mut self, target: &str) {
        let ends = if target == "heads" { self.model.heads() } else { one(target) };
        let expected: Names = &self.model.below(&ends) - &named(&self.applied);
        let steps = up(&self.graph, &self.applied, target);
        assert_eq!(named(steps.iter().map(super::super::Step::revision)), expected);
        for step in steps {
            let revision = step.revision().clone();
            assert!(self.model.needs(revision.as_str()).is_subset(&named(&self.applied)), "{revision} came too soon");
            assert!(self.applied.insert(revision), "{step:?} ran twice");
        }
    }

    fn down(&mut self, target: Option<&str>) {
        let doomed = self.model.above(&self.model.children(target));
        let expected: Names = &doomed & &named(&self.applied);
        let undone = match self.graph.downgrade(&self.applied, target.unwrap_or("base")) {
            Ok(undone) => undone,
            Err(error) => {
                let there = target.is_some_and(|target| self.applied.contains(target));
                assert!(error.kind() == ErrorKind::InvalidTarget && expected.is_empty() && !there, "{error}");
                return;
            }
        };
        assert_eq!(named(&undone), expected);
        for revision in undone {
            assert!(self.applied.remove(&revision), "{revision} was undone twice");
            let needed = self.applied.iter().any(|other| self.model.needs(other.as_str()).contains(revision.as_str()));
            assert!(!needed, "{revision} went while something stood on it");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_ends_in_the_state_that_the_rules_say(nodes in nodes(), commands in commands()) {
        let mut bench = Bench::new(&nodes);
        commands.iter().for_each(|command| bench.run(command));
    }

    #[test]
    fn down_and_up_again_returns_to_the_same_tips(nodes in nodes(), commands in commands(), target in any::<Index>()) {
        let mut bench = Bench::new(&nodes);
        commands.iter().for_each(|command| bench.run(command));
        let (applied, tips) = (bench.applied.clone(), bench.graph.tips(&bench.applied));
        bench.run(&Command::Down(target));
        tips.iter().for_each(|tip| bench.up(tip.as_str()));
        prop_assert_eq!(bench.graph.tips(&bench.applied), tips);
        prop_assert_eq!(bench.applied, applied);
    }

    #[test]
    fn the_order_of_input_does_not_matter(
        (nodes, shuffled) in nodes().prop_flat_map(|nodes| (Just(nodes.clone()), Just(nodes).prop_shuffle())),
    ) {
        let (one, other) = (Graph::build(nodes).unwrap(), Graph::build(shuffled).unwrap());
        prop_assert_eq!(one.picture(), other.picture());
        prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }

    #[test]
    fn what_is_missing_is_applied_in_order_whatever_is_there(nodes in nodes(), there in any::<u16>()) {
        let mut bench = Bench::new(&nodes);
        let there = bench.names.iter().enumerate().filter(|(at, _)| there & (1 << at) != 0);
        bench.applied = there.map(|(_, name)| RevisionId::from(name.as_str())).collect();
        let pending = bench.graph.pending(&bench.applied);
        let steps = up(&bench.graph, &bench.applied, "heads");
        prop_assert_eq!(joined(&pending), joined(steps.iter().map(super::super::Step::revision)));
        bench.applied.extend(pending);
        prop_assert!(bench.graph.is_at_head(&bench.applied));
        prop_assert_eq!(named(&bench.applied), bench.names.iter().cloned().collect());
    }

    #[test]
    fn a_stamp_leaves_the_target_as_a_tip_and_nothing_without_its_parents(
        nodes in nodes(), commands in commands(), target in any::<Index>(),
    ) {
        let mut bench = Bench::new(&nodes);
        commands.iter().for_each(|command| bench.run(command));
        let target = target.get(&bench.names).clone();
        let stamp = bench.graph.stamp(&bench.applied, &target).unwrap();
        bench.applied.retain(|revision| !stamp.remove.contains(revision));
        bench.applied.extend(stamp.add);
        let after = named(&bench.applied);
        prop_assert_eq!(&bench.model.below(&after), &after);
        prop_assert!(bench.model.tips(&after).contains(&target));
        prop_assert!(bench.graph.stamp(&bench.applied, &target).unwrap() == super::super::Stamp::default());
    }

    #[test]
    fn a_graph_is_built_exactly_if_an_order_exists(nodes in nodes(), links in prop::collection::vec(any::<(Index, Index)>(), 0..3)) {
        let mut nodes = nodes;
        for (from, to) in links {
            let to = to.get(&nodes).revision.clone();
            let from = from.index(nodes.len());
            nodes[from].depends_on.push(to);
        }
        match Graph::build(nodes.clone()) {
            Ok(_) => prop_assert!(Model::of(&nodes).is_orderable()),
            Err(error) => {
                prop_assert!(!Model::of(&nodes).is_orderable());
                prop_assert_eq!(error.kind(), ErrorKind::Cycle);
            }
        }
    }

    #[test]
    fn steps_in_a_list_count_what_is_missing_and_what_is_there(there in any::<u16>(), steps in 1..14usize) {
        let names: Vec<String> = (b'a'..=b'l').map(|letter| (letter as char).to_string()).collect();
        let (has, lacks): (Vec<_>, Vec<_>) = names.into_iter().enumerate().partition(|(at, _)| there & (1 << at) != 0);
        let text = |of: &[(usize, String)]| of.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
        let (has, lacks) = (text(&has), text(&lacks));
        let list = At::having(graph("a | b | c | d | e | f | g | h | i | j | k | l"), &has.join(" "));
        if steps <= lacks.len() {
            prop_assert_eq!(list.up(&format!("+{steps}")), lacks[..steps].join(" "));
        } else {
            prop_assert_eq!(list.up_error(&format!("+{steps}")).kind(), ErrorKind::InvalidTarget);
        }
        if steps <= has.len() {
            let undone: Vec<String> = has.into_iter().rev().take(steps).collect();
            prop_assert_eq!(list.down(&format!("-{steps}")), undone.join(" "));
        } else {
            prop_assert_eq!(list.down_error(&format!("-{steps}")).kind(), ErrorKind::InvalidTarget);
        }
    }

    #[test]
    fn no_text_is_too_strange(nodes in nodes(), text in "([a-m]?[@:+-]{0,2}(head|base|heads|current|[0-9]{0,6}|\\PC)){0,3}", there in any::<u16>()) {
        let bench = Bench::new(&nodes);
        let there = bench.names.iter().enumerate().filter(|(at, _)| there & (1 << at) != 0);
        let applied: Applied = there.map(|(_, name)| RevisionId::from(name.as_str())).collect();
        let _ = bench.graph.upgrade(&applied, &text);
        let _ = bench.graph.downgrade(&applied, &text);
        let _ = bench.graph.stamp(&applied, &text);
        let _ = bench.graph.range(&applied, &text);
    }
}
