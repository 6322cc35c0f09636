import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { Database } from '../../src/platform/database.js';

interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

/** The executed plan of a statement. */
export interface Plan {
  nodes: string[];
  indexes: string[];
  /** Whether the plan has a sequential scan of the table. */
  scansTable: boolean;
  /** Rows read from the table, including rows that did not match. */
  rowsRead: number;
}

/** A database client that collects the plan of each statement that reads a table, with `auto_explain`. */
export function explained(
  url: string,
  table = 'users',
): { db: Database; plans: () => Plan[]; end(): Promise<void> } {
  let found: Plan[] = [];
  const client = postgres(url, {
    max: 1,
    onnotice: ({ message }) => {
      const json = /^duration: .*?plan:\s*(\{.*)$/s.exec(message ?? '')?.[1];
      const plan = json === undefined ? undefined : read(JSON.parse(json).Plan, table);
      if (plan?.readsTable) found.push(plan);
    },
    connection: {
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_analyze': 'on',
      'auto_explain.log_format': 'json',
      client_min_messages: 'log',
    } as object,
  });
  const plans = () => {
    const all = found;
    found = [];
    return all;
  };
  return {
    db: drizzle(client, { casing: 'snake_case' }) as unknown as Database,
    plans,
    end: () => client.end({ timeout: 2 }),
  };
}

function read(root: Node, table: string): Plan & { readsTable: boolean } {
  const all = flat(root);
  // The table itself, or one of its partitions by time.
  const names = new RegExp(`^${table}(_before)?(_\\d{4}_\\d\\d|_default)?$`);
  const scans = all.filter((node) => names.test(node['Relation Name'] ?? ''));
  return {
    nodes: all.map((node) => node['Node Type']),
    readsTable: scans.length > 0,
    scansTable: scans.some((node) => node['Node Type'] === 'Seq Scan'),
    // Indexes of the first partition have the names of the indexes of the table before there were partitions.
    indexes: all.flatMap((node) => node['Index Name']?.replace(/_before_\d{4}_\d\d/, '') ?? []),
    rowsRead: scans.reduce((sum, node) => sum + queryRows(node), 0),
  };
}

const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];

function queryRows(node: Node): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return ((node['Actual Rows'] ?? 0) + removed) * (node['Actual Loops'] ?? 1);
}
