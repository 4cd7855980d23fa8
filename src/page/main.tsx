/** Begins: reads the data that the page carries, and shows it. */
import { signal } from '@preact/signals';
import { render } from 'preact';
import type { PageData } from '../listening/page-format.ts';
import { App } from './app.tsx';
import { createPage } from './page.ts';

const root = document.getElementById('app');
const carried = document.getElementById('data')?.textContent;
if (!root || carried === undefined) throw new Error('this page has lost its data');

const data = signal(JSON.parse(carried) as PageData);
root.replaceChildren();
render(<App page={createPage(data)} />, root);
