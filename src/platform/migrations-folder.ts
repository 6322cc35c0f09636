import { fileURLToPath } from 'node:url';

/** The generated SQL files. The path is the same for the sources and the build. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));
