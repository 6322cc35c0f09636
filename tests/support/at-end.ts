type Task = () => Promise<unknown>;

const stops = new Set<Task>();
const removals = new Set<Task>();

/**
 * Stops something at the end of the test file. Vitest's own hooks do not work here: if test files share modules, a
 * module registers its hooks only for the first file.
 */
export const stopAtEnd = (stop: Task) => void stops.add(stop);

/** Removes something at the end of the test file, after everything has been stopped. */
export const removeAtEnd = (remove: Task) => void removals.add(remove);

export async function endFile(): Promise<void> {
  for (const tasks of [stops, removals]) {
    const due = [...tasks];
    tasks.clear();
    await Promise.all(due.map((task) => task()));
  }
}
