//! A pair of routers in a turmoil simulation of one's own: a service on each, and a client that
//! follows the virtual address.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr};

use bellwether_sim::turmoil::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;
use turmoil::net::{TcpListener, TcpStream};

const ADDRESS: &str = "192.0.2.100";

fn conf(priority: u8) -> String {
    format!(
        "vrrp_instance VI_1 {{
            interface eth0
            virtual_router_id 51
            priority {priority}
            virtual_ipaddress {{
                {ADDRESS}
            }}
        }}"
    )
}

fn pair() -> Result<Cluster, bellwether_sim::LabError> {
    Cluster::new([("lb1", conf(150)), ("lb2", conf(100))])
}

/// The user's own service: tells its host's name to whoever connects.
async fn serve(name: &'static str) -> turmoil::Result {
    let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 80)).await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(name.as_bytes()).await?;
    }
}

/// Who answers at the virtual address.
async fn ask(cluster: &Cluster) -> Result<String, Box<dyn std::error::Error>> {
    let host = cluster.reached(ADDRESS).ok_or("nobody announced it")?;
    let mut answer = String::new();
    let mut stream = TcpStream::connect((host, 80)).await?;
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[test]
fn a_client_follows_the_address_from_host_to_host_and_back() -> turmoil::Result {
    let cluster = pair()?;
    let mut sim = turmoil::Builder::new()
        .simulation_duration(Duration::from_secs(60))
        .build();
    for name in ["lb1", "lb2"] {
        let router = cluster.router(name)?;
        sim.host(name, move || {
            let router = router.clone();
            async move {
                tokio::select! {
                    end = router.run() => end,
                    end = serve(name) => end,
                }
            }
        });
    }
    let network = cluster.clone();
    sim.client("client", async move {
        sleep(Duration::from_secs(8)).await;
        assert_eq!(ask(&network).await?, "lb1");
        // It is crashed at 10 s, and back at 20 s.
        sleep(Duration::from_secs(8)).await;
        assert_eq!(network.owners(ADDRESS), ["lb2"]);
        assert_eq!(ask(&network).await?, "lb2");
        sleep(Duration::from_secs(12)).await;
        assert_eq!(network.masters("VI_1"), ["lb1"]);
        assert_eq!(ask(&network).await?, "lb1");
        Ok(())
    });
    let (mut crashed, mut back) = (false, false);
    while !sim.step()? {
        if !crashed && sim.elapsed() >= Duration::from_secs(10) {
            sim.crash("lb1");
            crashed = true;
        }
        if !back && sim.elapsed() >= Duration::from_secs(20) {
            sim.bounce("lb1");
            back = true;
        }
    }
    assert!(crashed && back);
    Ok(())
}

#[test]
fn a_partition_of_turmoil_s_makes_two_masters() -> turmoil::Result {
    let cluster = pair()?;
    let mut sim = turmoil::Builder::new()
        .simulation_duration(Duration::from_secs(60))
        .build();
    cluster.enter(&mut sim);
    let network = cluster.clone();
    sim.client("client", async move {
        sleep(Duration::from_secs(8)).await;
        assert_eq!(network.masters("VI_1"), ["lb1"]);
        turmoil::partition("lb1", "lb2");
        sleep(Duration::from_secs(8)).await;
        assert_eq!(network.masters("VI_1"), ["lb1", "lb2"]);
        turmoil::repair("lb1", "lb2");
        sleep(Duration::from_secs(2)).await;
        assert_eq!(network.masters("VI_1"), ["lb1"]);
        network.pause("lb1", true)?;
        sleep(Duration::from_secs(8)).await;
        assert_eq!(
            network.masters("VI_1"),
            ["lb1", "lb2"],
            "lb1 does not know yet"
        );
        assert_eq!(network.reached(ADDRESS), Some(turmoil::lookup("lb2")));
        Ok(())
    });
    sim.run()
}

#[test]
fn what_is_not_there_is_said() -> turmoil::Result {
    let cluster = pair()?;
    assert!(cluster.router("lb3").is_err());
    assert!(cluster.fail_script("lb1", "web", true).is_err());
    assert!(Cluster::new([("lb1", conf(1)), ("lb1", conf(2))]).is_err());
    assert_eq!(cluster.reached(ADDRESS), None);
    Ok(())
}
