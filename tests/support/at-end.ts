type Task = () => Promise<unknown>;

const stops = new Set<Task>();
const removals = new Set<Task>();

/**
 * Stops something at the end of the test file. A hook of vitest's own would not do: where files share their modules,
 * a module registers its hooks for the first of them alone.
 */
export const stopAtEnd = (stop: Task) => void stops.add(stop);

/** Removes something at the end of the test file, when everything has been stopped. */
export const removeAtEnd = (remove: Task) => void removals.add(remove);

export async function endFile(): Promise<void> {
  for (const tasks of [stops, removals]) {
    const due = [...tasks];
    tasks.clear();
    await Promise.all(due.map((task) => task()));
  }
}
