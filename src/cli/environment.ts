import { type Config, ConfigurationError, misspeltNames, parseConfig } from '../config.js';
import { developmentSecret } from '../platform/secrets.js';

/**
 * The configuration of this process.
 * @throws ConfigurationError with all faults, and with the variables that are probably misspelt
 */
export function readConfig(): Config {
  try {
    return parseConfig(process.env, (name) => developmentSecret('.data/secrets', name));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError([...error.faults, ...misspeltNames(process.env)]);
  }
}
