import { expect, it } from 'vitest';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { describeOnRedis } from '../../support/backends.js';
import { expectData } from '../../support/client.js';
import { logLines } from '../../support/log-lines.js';
import { startOtlpReceiver } from '../../support/otlp-receiver.js';
import { me } from '../../support/sessions.js';
import { until } from '../../support/wait.js';

const TIMEOUT_MS = 1000;

describeOnRedis('a receiver of telemetry', ({ start }) => {
  it('that hangs, fails or is down delays neither requests nor the stop, and is logged once', async () => {
    let receiver = await startOtlpReceiver();
    const secret = 'a-secret-of-the-receiver';
    const gateway = await start({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${secret}`,
        OTEL_EXPORTER_OTLP_TIMEOUT: String(TIMEOUT_MS),
        OTEL_METRICS_EXPORTER: 'none',
      },
    });
    const session = await signIn(gateway, await registerAndVerify(gateway));
    await until('the first spans', () => receiver.spans.length > 0);
    expect(receiver.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    });
    const lines = (message: RegExp) => logLines(gateway).filter(({ msg }) => message.test(msg));
    const outages = () => lines(/^cannot export telemetry/).map(({ reason }) => reason);
    const ends = () => lines(/^telemetry is exported again$/).length;
    /** Requests whose spans fill several exports. */
    const use = async () => {
      for (let i = 0; i < 40; i += 1) expectData(await me(gateway, session));
    };
    const recovers = async (count: number) => {
      receiver.misbehave();
      expectData(await me(gateway, session));
      await until('the end of the outage', () => ends() === count);
    };

    receiver.misbehave((_request, response) => void response.writeHead(500).end('a text of the receiver'));
    await use();
    await until('the outage', () => outages().length > 0);
    await use();
    await recovers(1);
    expect(outages()).toEqual(['500']);

    receiver.misbehave((_request, response) => void response.writeHead(429, { 'retry-after': '3600' }).end());
    await use();
    await until('the outage', () => outages().length > 1);
    await recovers(2);

    // Answers nothing.
    receiver.misbehave(() => {});
    await use();
    await until('the outage', () => outages().length > 2);
    await use();
    await recovers(3);

    const { port } = receiver;
    await receiver.stop();
    await use();
    await until('the outage', () => outages().length > 3);
    expect(outages()).toHaveLength(4);
    receiver = await startOtlpReceiver(port);
    await recovers(4);

    receiver.misbehave(() => {});
    await use();
    const stoppedAt = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    expect(gateway.logs()).not.toContain(secret);
    expect(gateway.logs()).not.toContain('a text of the receiver');
  });
});
