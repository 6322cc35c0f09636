/** How many times a test repeats a race, because a race fails only sometimes. More often in CI. */
export const RACES = process.env.CI ? 20 : 4;
