console.log("still");
