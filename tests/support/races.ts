/** How many times a test runs a race, which only sometimes goes wrong. CI runs it more often. */
export const RACES = process.env.CI ? 20 : 4;
