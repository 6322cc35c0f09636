// Assembles the built gateway, and prints the loaded packages of OpenTelemetry's SDK as JSON.
import { createRequire } from 'node:module';
import { pino } from 'pino';
import 'reflect-metadata';

const { parseConfig } = await import('../../dist/src/config.js');
const { assemble } = await import('../../dist/src/gateway.js');
await assemble(
  parseConfig(process.env, (name) => name.padEnd(32, '-')),
  pino({ level: 'silent' }),
);
const files = Object.keys(createRequire(import.meta.url).cache);
const packages = files.map((file) => /node_modules\/@opentelemetry\/([^/]+)\//.exec(file)?.[1]);
const loaded = [...new Set(packages)].filter((name) => name !== undefined && name !== 'api').sort();
process.stdout.write(JSON.stringify(loaded));
process.exit(0);
