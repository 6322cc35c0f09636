import { describe, expect, it } from 'vitest';
import { secret } from '../../support/gateway.js';
import {
  kubernetesResources,
  type Manifest,
  productionFaults,
  STOP_SECONDS,
  textOf,
  VARIABLE_NAMES,
} from '../../support/manifests.js';

const resources = kubernetesResources();
const one = (kind: string): Manifest => {
  const found = resources.filter((resource) => resource.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} resources of the kind ${kind}`);
  return found[0];
};
const deployment = one('Deployment').spec;
const pod = deployment.template.spec;
const [container] = pod.containers;
const pods: Manifest[] = [pod, one('Job').spec.template.spec];
const settings: Record<string, string> = one('ConfigMap').data;
const secrets: Record<string, string> = one('Secret').stringData;
const notice = Number(settings.SHUTDOWN_NOTICE_SECONDS);

describe('the manifests for Kubernetes', () => {
  it('name only settings of the gateway', () => {
    const names = [...Object.keys(settings), ...Object.keys(secrets)];
    expect(names.filter((name) => !VARIABLE_NAMES.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('have text as the value of every setting', () => {
    for (const [name, value] of Object.entries(settings)) expect(typeof value, name).toBe('string');
  });

  it('are a complete configuration for production, once the secrets are filled in', () => {
    const filled = Object.entries(secrets).map(([name, value]) => [
      name,
      value === '<secret>' ? secret() : value.replace(/<(\w+)>/, '$1'),
    ]);
    expect(productionFaults({ ...settings, ...Object.fromEntries(filled) })).toEqual([]);
  });

  it('contain no secret', () => {
    for (const [name, value] of Object.entries(secrets))
      expect(value, name).toMatch(/<(secret|user|password)>/);
    expect(Object.keys(settings).filter((name) => /SECRET|PASSWORD|TOKEN|_KEY/.test(name))).toEqual([]);
  });

  it('pass the settings and the secrets to gateways and migrations', () => {
    for (const { containers } of pods) {
      expect(containers[0].envFrom).toEqual([
        { configMapRef: { name: one('ConfigMap').metadata.name } },
        { secretRef: { name: one('Secret').metadata.name } },
      ]);
    }
    expect(one('Job').spec.template.spec.containers[0].args).toEqual(['migrate']);
  });

  it('ask for liveness and readiness at the port of the gateway', () => {
    const [, port] = /^PORT=(\d+)$/m.exec(textOf('.env.example')) ?? [];
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(port) }]);
    const asked = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
      (probe) => container[probe].httpGet,
    );
    const paths = ['/healthz', '/healthz', '/readyz'];
    expect(asked).toEqual(paths.map((path) => ({ path, port: 'http' })));
    const [{ targetPort, name }] = one('Service').spec.ports;
    expect(targetPort).toBe('http');
    const [{ http }] = one('Ingress').spec.rules;
    expect(http.paths[0].backend.service).toEqual({ name: one('Service').metadata.name, port: { name } });
  });

  it('select the pods of the deployment everywhere', () => {
    const { labels } = deployment.template.metadata;
    expect(deployment.selector.matchLabels).toEqual(labels);
    expect(one('Service').spec.selector).toEqual(labels);
    expect(one('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels);
    expect(one('NetworkPolicy').spec.podSelector.matchLabels).toEqual(labels);
    expect(pod.topologySpreadConstraints[0].labelSelector.matchLabels).toEqual(labels);
  });

  it('give a stopping gateway the time to leave the balancing and to finish', () => {
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(notice).toBeGreaterThan(periodSeconds * failureThreshold);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(notice + STOP_SECONDS);
  });

  it('never stop a gateway before its successor is ready', () => {
    expect(deployment.replicas).toBeGreaterThan(1);
    expect(deployment.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(one('PodDisruptionBudget').spec.maxUnavailable).toBeLessThan(deployment.replicas);
  });

  it('run everything without root, rights, capabilities and a writable file system', () => {
    const [, user] = /^USER (\d+):/m.exec(textOf('Dockerfile')) ?? [];
    for (const { securityContext, containers, automountServiceAccountToken } of pods) {
      expect(automountServiceAccountToken).toBe(false);
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: Number(user),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('let only named clients connect', () => {
    const { policyTypes, ingress } = one('NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Ingress']);
    for (const { from, ports } of ingress) {
      expect(ports).toEqual([{ port: 'http' }]);
      expect(from.length).toBeGreaterThan(0);
      for (const peer of from) expect(Object.keys(peer).length).toBeGreaterThan(0);
    }
  });
});
