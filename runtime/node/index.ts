/** `poetc/runtime` under Node: the core, with a file sink behind it. This module has a side effect: it installs the sink. */
import { installNodeHost } from './host.ts';

export * from '../index.ts';

installNodeHost();
