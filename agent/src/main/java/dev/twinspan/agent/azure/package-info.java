/**
 * What Azure hands out, read leniently and turned into this box's configuration, a plan in words
 * and the {@code az} commands that make Azure's side match.
 *
 * <pre>
 * files → LenientJson → Pieces (recognised by shape) → AzureConnection (what Azure expects)
 *   → BoxConfig (what this box will do) → ImportFolder (checked, then written)
 *   → Plan, Findings, AzCommands → ImportText, ImportJson
 * </pre>
 */
@NullMarked
package dev.twinspan.agent.azure;

import org.jspecify.annotations.NullMarked;
