/** A plug-in for nsqd: users in a properties file. */
package io.nsqd.examples.propertiesauthenticator;
