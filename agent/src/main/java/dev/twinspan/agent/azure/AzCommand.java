package dev.twinspan.agent.azure;

/**
 * A command line that sets Azure's side. Secrets stand in it by file, never by value.
 *
 * @param why what it is for
 * @param needed false: Azure has it so already, or it is advice
 */
record AzCommand(String why, boolean needed, String line) {}
