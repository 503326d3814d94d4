/** Runs the app that the container's argument names: `gateway`, `cache`, `standalone`. */
import { existsSync, readdirSync } from 'node:fs';

const apps = new URL('../dist/apps/', import.meta.url);
const app = process.argv[2] ?? '';
const main = new URL(`${app}/src/main.js`, apps);

if (!/^[a-z]+$/.test(app) || !existsSync(main)) {
  process.stderr.write(`No app is called "${app}". There are: ${readdirSync(apps).join(', ')}\n`);
  process.exit(1);
}
await import(main.href);
