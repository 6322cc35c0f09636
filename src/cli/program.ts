import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { StartupError } from '../platform/error.js';
import { type Command, UsageError } from './command.js';
import { commands } from './commands.js';
import { loadEnvironmentFile } from './environment-file.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const program = 'gatehouse';

// An open handle, such as a connection that hangs, must not keep the process alive.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const [first = 'serve', ...rest] = args;
  if (first === '--help' || first === '-h' || first === 'help') return print(overview());
  if (first === '--version' || first === '-v') return print(version());
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) return fail(`unknown command: ${first}`, overview());
  try {
    return await runCommand(command, rest);
  } catch (error) {
    if (error instanceof UsageError) return fail(error.message, help(command));
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(error.faults.map((fault) => `${fault}\n`).join(''));
    return EXIT_FAILED;
  }
}

function runCommand(command: Command, args: readonly string[]): Promise<number> | number {
  const { values, positionals } = parse(command, args);
  if (values.help === true) return print(help(command));
  if (positionals.length > 0 && !takesPositionals(command))
    throw new UsageError(`unexpected argument: ${positionals[0]}`);
  loadEnvironmentFile();
  return command.run(positionals, values);
}

function parse(command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...command.options, help: { type: 'boolean' as const, short: 'h' } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function takesPositionals({ usage }: Command): boolean {
  return usage.some((line) => /^\w+ [a-z]/.test(line));
}

function help({ summary, usage }: Command): string {
  return `${summary}\n\nUsage:\n${usage.map((line) => `  ${program} ${line}`).join('\n')}`;
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: ${program} [COMMAND] [OPTIONS]\n\n${lines.join('\n')}\n\nRun ${program} COMMAND --help for the options of a command.`;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function fail(message: string, usage: string): number {
  process.stderr.write(`${message}\n\n${usage}\n`);
  return EXIT_USAGE;
}
