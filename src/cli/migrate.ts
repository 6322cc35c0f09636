import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { parseConfig } from '../config.js';
import { migrate } from '../gateway.js';
import { createLog } from '../platform/log.js';
import { openDatabase } from '../platform/open-database.js';
import { developmentSecret } from '../platform/secrets.js';

/** Applies pending migrations and exits, for operators who do not let the gateway do it at start. */
if (existsSync('.env')) process.loadEnvFile('.env');
const config = parseConfig(process.env, (name) => developmentSecret('.data/secrets', name));
const log = createLog(config.logLevel);
const database = await openDatabase(config.database.url, config.database.poolSize, log);
await migrate(database);
await database.close();
log.info('the database is up to date');
