/** How many generated inputs a property is checked with. All of them in CI, a fifth elsewhere. */
export const runs = (count: number): number => (process.env.CI ? count : Math.ceil(count / 5));
