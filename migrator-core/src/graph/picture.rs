//! The graph as a picture in the terminal, newest first, in the manner of `git log --graph`.

use std::fmt::Write as _;

use super::{Graph, Node};

impl Graph {
    /// The graph in letters, newest revision on top, each with its labels and description.
    ///
    /// ```text
    /// * 5 merge
    /// |\
    /// | * 4
    /// * | 3 (users) add names
    /// |/
    /// * 2
    /// * 1
    /// ```
    pub fn picture(&self) -> String {
        self.picture_with(|node| node.caption())
    }

    /// The same with text of one's own beside each revision.
    pub fn picture_with(&self, caption: impl Fn(&Node) -> String) -> String {
        let mut lanes = Lanes::default();
        for &at in self.order.iter().rev() {
            lanes.draw(at, &self.links[at].parents, &caption(&self.nodes[at]));
        }
        lanes.drawn
    }
}

impl Node {
    /// Revision, labels, what it depends on, description.
    pub(super) fn caption(&self) -> String {
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
                self.join();
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
            self.row(&format!("{} {}", "| ".repeat(lane).trim_end(), "/ ".repeat(right)));
        }
    }

    /// Lines to the same revision become one, the left one.
    fn join(&mut self) {
        while let Some((left, right)) = self.twins() {
            self.open.remove(right);
            let moved = "/ ".repeat(self.open.len() - right);
            self.row(&format!("{}/{}", "| ".repeat(right).trim_end(), if moved.is_empty() { moved } else { format!(" {moved}") }));
            for column in (left + 1..right).rev() {
                self.row(&format!("{}/{}", "| ".repeat(column).trim_end(), "| ".repeat(self.open.len() - column)));
            }
        }
    }

    fn twins(&self) -> Option<(usize, usize)> {
        let right = (1..self.open.len()).find(|&right| self.open[..right].contains(&self.open[right]))?;
        self.open.iter().position(|&awaited| awaited == self.open[right]).map(|left| (left, right))
    }

    fn row(&mut self, row: &str) {
        let _ = writeln!(self.drawn, "{}", row.trim_end());
    }
}
