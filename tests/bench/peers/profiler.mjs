// Loaded into a gateway by `npm run bench -- --profile`. SIGUSR2 starts a CPU profile; the next one ends it, and writes it.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

const session = new Session();
let usage;

function start() {
  session.post('Profiler.enable');
  session.post('Profiler.start');
  usage = process.cpuUsage();
}

function end() {
  const { user, system } = process.cpuUsage(usage);
  usage = undefined;
  session.post('Profiler.stop', (error, result) => {
    if (error) throw error;
    const file = process.env.PROFILE;
    // The benchmark must not read half of it.
    writeFileSync(`${file}.part`, JSON.stringify({ cpuMs: (user + system) / 1000, ...result.profile }));
    renameSync(`${file}.part`, file);
    session.post('Profiler.disable');
  });
}

if (isMainThread && process.env.PROFILE) {
  session.connect();
  process.on('SIGUSR2', () => (usage === undefined ? start() : end()));
}
