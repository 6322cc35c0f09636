/**
 * Records what a release promises to its clients, to its migrations and to a node that still runs beside the next one:
 * `node tests/released/record.mjs 0.2.0`, at the commit of the release. See docs/releasing.md.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';

const [, , release = ''] = process.argv;
if (!/^(baseline|\d+\.\d+\.\d+(-[\w.]+)?)$/.test(release)) {
  console.error('usage: node tests/released/record.mjs VERSION');
  process.exit(2);
}
const root = new URL('../../', import.meta.url);
const here = new URL('./', import.meta.url);
for (const name of ['schema.graphql', 'api.graphql'])
  copyFileSync(new URL(`schema/${name}`, root), new URL(name, here));

const journal = JSON.parse(readFileSync(new URL('drizzle/meta/_journal.json', root), 'utf8'));
const migrations = {};
for (const { tag } of journal.entries) {
  const text = readFileSync(new URL(`drizzle/${tag}.sql`, root));
  migrations[tag] = createHash('sha256').update(text).digest('hex');
}
writeFileSync(new URL('release.json', here), `${JSON.stringify({ release, migrations }, null, 2)}\n`);
