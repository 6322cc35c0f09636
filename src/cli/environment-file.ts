import { existsSync } from 'node:fs';
import { StartupError } from '../platform/error.js';

/**
 * Adds the variables of `.env`, if there is one, to the environment of this process.
 * @throws StartupError
 */
export function loadEnvironmentFile(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    throw new StartupError([`cannot read .env: ${(error as NodeJS.ErrnoException).code}`]);
  }
}
