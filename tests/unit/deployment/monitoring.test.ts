import { existsSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuthErrorCode } from '../../../src/platform/error.js';
import { type Manifest, textOf, yamlOf } from '../../support/manifests.js';

interface Query {
  /** Where the expression is. */
  readonly of: string;
  readonly text: string;
}

const rules: Manifest[] = yamlOf('docs/prometheus/alerts.yaml').groups.flatMap(
  (group: Manifest) => group.rules,
);
const dashboard = JSON.parse(textOf('docs/grafana/gatehouse.json'));
const alerts: Query[] = rules.map((rule) => ({ of: rule.alert, text: rule.expr }));
const panels: Query[] = dashboard.panels.flatMap(({ title, targets = [] }: Manifest) =>
  targets.map(({ expr }: Manifest) => ({ of: title, text: expr.replaceAll('$__rate_interval', '5m') })),
);
const variables: Query[] = dashboard.templating.list
  .filter(({ type }: Manifest) => type === 'query')
  .map(({ name, query }: Manifest) => ({
    of: `$${name}`,
    text: /^label_values\((.*), \w+\)$/.exec(query.query)?.[1] ?? query.query,
  }));
const queries = [...alerts, ...panels, ...variables];

/** Labels that Prometheus adds to every series. */
const OF_PROMETHEUS = ['job', 'instance'];

/** Labels and meaning of each metric in docs/operations.md. */
const documented = new Map(
  [...textOf('docs/operations.md').matchAll(/^\| `(gatehouse_\w+)` +\| (.*?) +\| (.*) \|$/gm)].map(
    ([, name = '', labels = '', meaning = '']) => [
      name,
      { labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label as string), meaning },
    ],
  ),
);

/** The nodes of an expression that have this type, with their text. */
function nodesOf({ text }: Query, type: string): { name: string; text: string }[] {
  const found: { name: string; text: string }[] = [];
  parser.parse(text).iterate({
    enter: ({ name, from, to, type: { isError } }) => {
      if (name === type || (isError && type === 'error')) found.push({ name, text: text.slice(from, to) });
    },
  });
  return found;
}

const selectorsOf = (query: Query) =>
  nodesOf(query, 'VectorSelector').map(({ text }) => {
    const [, series = '', matchers = ''] = /^(\w+)(?:\{(.*)\})?$/s.exec(text) ?? [];
    const pairs = [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)];
    return {
      of: query.of,
      metric: metricOf(series),
      matchers: pairs.map(([, label = '', value = '']) => ({ label, value })),
    };
  });

/** Histograms have three series. */
const metricOf = (series: string) => {
  const base = series.replace(/_(bucket|sum|count)$/, '');
  return documented.has(base) ? base : series;
};

describe('alerts and dashboard', () => {
  const ofTheProcess = new Set<string>(['up']);

  beforeAll(() => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    for (const { name } of registry.getMetricsAsArray()) ofTheProcess.add(name);
  });

  it('have expressions that Prometheus can parse', () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(panels.length).toBeGreaterThan(15);
    for (const query of queries) expect(nodesOf(query, 'error'), query.of).toEqual([]);
  });

  it('name only metrics that the gateway has', () => {
    const named = queries.flatMap(selectorsOf);
    expect(named.length).toBeGreaterThan(queries.length - 1);
    const unknown = named.filter(({ metric }) => !documented.has(metric) && !ofTheProcess.has(metric));
    expect(unknown).toEqual([]);
  });

  it('show every metric of the gateway on the dashboard', () => {
    const shown = new Set(panels.flatMap(selectorsOf).map(({ metric }) => metric));
    expect([...documented.keys()].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('select by labels and values that the metrics have', () => {
    const codes: string[] = Object.values(AuthErrorCode);
    for (const { of, metric, matchers } of queries.flatMap(selectorsOf)) {
      const { labels, meaning } = documented.get(metric) ?? { labels: [], meaning: '' };
      for (const { label, value } of matchers) {
        expect([...OF_PROMETHEUS, ...labels], `${of}: ${metric}`).toContain(label);
        if (OF_PROMETHEUS.includes(label) || label === 'operation') continue;
        const values = value.split('|').filter((one) => !(label === 'code' && codes.includes(one)));
        for (const one of values) expect(meaning, `${of}: ${metric}`).toContain(`\`${one}\``);
      }
    }
  });

  it('select by operations that the API has', () => {
    const values = queries
      .flatMap(selectorsOf)
      .flatMap(({ matchers }) => matchers.filter(({ label }) => label === 'operation'))
      .flatMap(({ value }) => value.split('|'));
    expect(values).toContain('register');
    for (const value of values)
      expect(textOf('schema/api.graphql')).toMatch(new RegExp(`^ {2}${value}\\(`, 'm'));
  });

  it('group only by labels that the metrics have', () => {
    for (const query of queries) {
      const labels = nodesOf(query, 'GroupingLabels').flatMap(({ text }) => text.match(/\w+/g) ?? []);
      const known = selectorsOf(query).flatMap(({ metric }) => documented.get(metric)?.labels ?? []);
      for (const label of labels) expect([...OF_PROMETHEUS, 'le', ...known], query.of).toContain(label);
    }
  });

  it('say for every alert what happened, what to do, and where to read on', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(labels.severity, alert).toMatch(/^(critical|warning)$/);
      expect(annotations.summary, alert).toBeTruthy();
      expect(annotations.description, alert).toMatch(/\.$/);
      const [page, anchor] = annotations.runbook.split('#');
      expect(existsSync(new URL(`../../../${page}`, import.meta.url)), alert).toBe(true);
      if (anchor === undefined) continue;
      const heading = new RegExp(`^#+ ${anchor.replaceAll('-', '[ -]')}$`, 'im');
      expect(textOf(page), alert).toMatch(heading);
    }
  });

  it('has no panel that covers another', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});
