//! The graph as a picture in the terminal, newest first, in the manner of `git log --graph`.

use std::fmt::Write as _;

use super::{Graph, Node, order};

impl Graph {
    /// The graph in letters, newest revision on top, each with its labels and description.
    ///
    /// ```text
    /// * 5 merge
    /// |\
    /// * | 3 (users) add names
    /// | * 4
    /// |/
    /// * 2
    /// * 1
    /// ```
    pub fn picture(&self) -> String {
        self.picture_with(Node::caption)
    }

    /// The same with text of one's own beside each revision.
    pub fn picture_with(&self, caption: impl Fn(&Node) -> String) -> String {
        let mut lanes = Lanes::default();
        for at in order::drawing_order(&self.links, &self.order) {
            lanes.draw(at, &self.links[at].parents, &caption(&self.nodes[at]));
        }
        lanes.drawn
    }
}

impl Node {
    /// Revision, labels, what it depends on, description.
    pub(crate) fn caption(&self) -> String {
        let mut caption = self.revision.to_string();
        if !self.labels.is_empty() {
            let _ = write!(caption, " ({})", self.labels.join(", "));
        }
        for dependency in &self.depends_on {
            let _ = write!(caption, " [needs {dependency}]");
        }
        if let Some(description) = &self.description {
            let _ = write!(caption, " {description}");
        }
        caption
    }
}

/// Columns from left to right, each a line down to a revision still to be drawn, no two to the same.
#[derive(Default)]
struct Lanes {
    open: Vec<usize>,
    drawn: String,
}

impl Lanes {
    fn draw(&mut self, at: usize, parents: &[usize], caption: &str) {
        let lane = self.lane_of(at);
        self.star(lane, caption);
        match parents.split_first() {
            None => self.end(lane),
            Some((first, others)) => {
                self.open[lane] = *first;
                others.iter().rev().for_each(|&parent| self.fork(lane, parent));
                self.join(parents);
            }
        }
    }

    fn lane_of(&mut self, at: usize) -> usize {
        self.open.iter().position(|&awaited| awaited == at).unwrap_or_else(|| {
            self.open.push(at);
            self.open.len() - 1
        })
    }

    fn star(&mut self, lane: usize, caption: &str) {
        let lanes: String = (0..self.open.len()).map(|column| if column == lane { "* " } else { "| " }).collect();
        let _ = writeln!(self.drawn, "{lanes}{}", caption.lines().collect::<Vec<_>>().join(" "));
    }

    /// A line beside this one begins; what stands to the right moves over.
    fn fork(&mut self, lane: usize, parent: usize) {
        let right = self.open.len() - lane - 1;
        self.row(&format!("{}|{}", "| ".repeat(lane), "\\ ".repeat(right + 1)));
        self.open.insert(lane + 1, parent);
    }

    /// A line ends; what stands to the right moves over.
    fn end(&mut self, lane: usize) {
        self.open.remove(lane);
        let right = self.open.len() - lane;
        if right > 0 {
            self.row(&format!("{} {}", "| ".repeat(lane), "/ ".repeat(right)));
        }
    }

    /// Lines to the same revision become one, the left one.
    fn join(&mut self, parents: &[usize]) {
        for &parent in parents {
            let twins: Vec<usize> = (0..self.open.len()).filter(|&lane| self.open[lane] == parent).collect();
            if let [left, ref others @ ..] = twins[..] {
                others.iter().rev().for_each(|&right| self.slide(right, left));
            }
        }
    }

    /// The line on the right bends over to the left one, crossing those between; what stands further right moves over.
    fn slide(&mut self, right: usize, left: usize) {
        self.open.remove(right);
        let moved = " /".repeat(self.open.len() - right);
        self.row(&format!("{}/{moved}", "| ".repeat(right).trim_end()));
        for column in (left + 1..right).rev() {
            let straight = "| ".repeat(self.open.len() - column);
            self.row(&format!("{}/{straight}", "| ".repeat(column).trim_end()));
        }
    }

    fn row(&mut self, row: &str) {
        let _ = writeln!(self.drawn, "{}", row.trim_end());
    }
}
