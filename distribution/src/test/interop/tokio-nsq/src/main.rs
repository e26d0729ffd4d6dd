//! Exchanges messages with tokio-nsq: what ../plan.py says.
//!
//! usage: exchange ADDRESS TOPIC COUNT [tls] [deflate|snappy] [auth]

use std::collections::HashSet;
use std::time::Duration;
use tokio_nsq::*;

const DELAY_MILLIS: u32 = 100;
/// Longer than anything takes; only what hangs gets there.
const PATIENCE: Duration = Duration::from_secs(120);

fn options(features: &[String]) -> NSQConfigShared {
    let wants = |name: &str| features.iter().any(|feature| feature == name);
    // Else a quarter of a second passes before something is sent.
    let mut options = NSQConfigShared::new().set_flush_interval(Duration::from_millis(5));
    if wants("tls") {
        // Without a configuration it trusts everybody.
        options = options.set_tls(NSQConfigSharedTLS::new("localhost"));
    }
    if wants("deflate") {
        let level = NSQDeflateLevel::new(6).unwrap();
        options = options.set_compression(NSQConfigSharedCompression::Deflate(level));
    }
    if wants("snappy") {
        options = options.set_compression(NSQConfigSharedCompression::Snappy);
    }
    if wants("auth") {
        options = options.set_credentials(b"secret".to_vec());
    }
    options
}

async fn answered(producer: &mut NSQProducer, count: usize) {
    for _ in 0..count {
        match producer.consume().await {
            Some(NSQEvent::Ok()) => {}
            other => panic!("{:?} instead of an answer", other),
        }
    }
}

async fn exchange() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let address = &arguments[0];
    let topic = NSQTopic::new(arguments[1].as_str()).unwrap();
    let count: usize = arguments[2].parse().unwrap();
    let shared = options(&arguments[3..]);

    let bodies: Vec<Vec<u8>> = (0..count)
        .map(|number| format!("message {}", number).into_bytes())
        .collect();
    let (singles, others) = bodies.split_at(count / 2);
    let (batch, deferred) = others.split_at(others.len() - count / 10);
    let mut producer = NSQProducerConfig::new(address.as_str())
        .set_shared(shared.clone())
        .build();
    match producer.consume().await {
        Some(NSQEvent::Healthy()) => {}
        other => panic!("{:?} instead of a connection", other),
    }
    for some in singles.chunks(50) {
        for body in some {
            producer.publish(&topic, body.clone()).await.unwrap();
        }
        answered(&mut producer, some.len()).await;
    }
    producer.publish_multiple(&topic, batch.to_vec()).await.unwrap();
    answered(&mut producer, 1).await;
    for body in deferred {
        producer.publish_deferred(&topic, body.clone(), DELAY_MILLIS).await.unwrap();
    }
    answered(&mut producer, deferred.len()).await;

    let mut missing: HashSet<Vec<u8>> = bodies.iter().cloned().collect();
    let mut consumer = NSQConsumerConfig::new(topic, NSQChannel::new("ch").unwrap())
        .set_max_in_flight(50)
        .set_sources(NSQConsumerConfigSources::Daemons(vec![address.clone()]))
        .set_shared(shared)
        .build();
    while !missing.is_empty() {
        let message = consumer.consume_filtered().await.unwrap();
        if message.attempt == 1 && message.body.ends_with(b"7") {
            message.requeue(NSQRequeueDelay::NoDelay).await;
        } else {
            assert!(missing.remove(&message.body), "came twice, or was never published");
            message.finish().await;
        }
    }
    println!("exchanged {}", count);
    // It finishes messages some time later, and tells nobody: the test sees that they are, and ends the input.
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::main]
async fn main() {
    tokio::time::timeout(PATIENCE, exchange()).await.expect("done in time");
}
