import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeOnPostgres } from '../../support/backends.js';
import { builtGateway } from '../../support/gateway.js';
import { startProxy } from '../../support/proxy.js';
import { freshDatabase } from '../../support/services.js';

const platform = (file: string) => pathToFileURL(join(builtGateway(), '..', 'platform', file)).href;

/** Runs a process whose connection is cut during a transaction; returns what it printed about the failure. */
async function cutWithinTransaction(begin: string): Promise<string> {
  const url = new URL(await freshDatabase());
  const proxy = await startProxy(Number(url.port));
  url.port = String(proxy.port);
  const script = `
    import postgres from 'postgres';
    import { isDriverFault } from ${JSON.stringify(platform('driver-faults.js'))};
    import { begin } from ${JSON.stringify(platform('postgres-client.js'))};
    process.on('uncaughtException', (error) => {
      console.log(isDriverFault(error) ? 'driver fault' : error.stack);
      process.exit(0);
    });
    const client = postgres(${JSON.stringify(url.href)}, { max: 1, onnotice() {} });
    const work = async (tx) => {
      await tx\`select pg_backend_pid()\`;
      console.log('cut me off');
      await new Promise((done) => setTimeout(done, 500));
      throw new Error('the use case fails');
    };
    (${begin}).catch((error) => console.log('rejected', error.code));
    setTimeout(() => process.exit(0), 1500);`;
  try {
    const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    running.child.stdout?.once('data', () => proxy.cut());
    return (await running).stdout.replace('cut me off', '').trim();
  } finally {
    proxy.close();
  }
}

describeOnPostgres('a connection that is lost during a transaction', () => {
  it('makes the driver throw an uncaught exception, which isDriverFault recognises', async () => {
    expect(await cutWithinTransaction('client.begin(work)')).toContain('driver fault');
  });

  it("rejects only the transaction if it runs through the gateway's begin", async () => {
    expect(await cutWithinTransaction('begin(client, work)')).toBe('rejected CONNECTION_CLOSED');
  });
});
